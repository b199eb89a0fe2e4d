import type { DataConsumer, RtpCapabilities } from 'mediasoup/types';
import type { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { CodecSupport } from '../media/codec-support.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Subscription } from '../media/subscription.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import type { Grant } from '../protocol/grants.ts';
import type { ConsumerInfo, DataConsumerInfo } from '../protocol/model.ts';
import type { Delivery, ReceivingLimit } from './delivery.ts';
import { DeliveryNews } from './delivery-news.ts';
import type { Demand } from './demand.ts';
import type { EventSink } from './event-sink.ts';
import type { Line, Receiver } from './member.ts';
import { type DataPublication, isClosed, type MediaPublication, type Publication } from './publication.ts';

export interface ReceivingLimits {
  maxConsumersPerPeer: number;
  maxVideoConsumersPerPeer: number;
  /** In bits per second. */
  maxOutgoingBitrate: number;
}

interface Options {
  media: PeerMedia;
  /** What the client can receive. */
  rtpCapabilities: RtpCapabilities;
  /** What the peer may do at this moment. */
  may: (grant: Grant) => boolean;
  limits: ReceivingLimits;
  /** What the client wants; it outlives media that is lost. */
  demand: Demand;
  /** Where the peer is told of what it can receive, and where its limit is noted. */
  events: Pick<EventSink, 'tell' | 'noteLimit'>;
  /** The peer's. */
  closer: Closer;
  logger: Logger;
}

/** What a client is told of all that it receives. */
export interface Received {
  consumers: ConsumerInfo[];
  dataConsumers: DataConsumerInfo[];
}

/** A subscription: on its way, or there. A data channel is open when the client has opened its end. */
type State =
  | { is: 'opening' }
  | { is: 'media'; subscription: Subscription; info: ConsumerInfo }
  | { is: 'data'; consumer: DataConsumer; info: DataConsumerInfo; opened: PromiseWithResolvers<void> };

const NONE: ReadonlySet<Publication> = new Set();

/** What a browser's peer receives of the others: a consumer for each publication that its room has chosen for it. */
export class Subscriptions implements Receiver {
  readonly #options: Options;
  readonly #states = new Map<Publication, State>();
  /** The publications whose consumers are in an answer that is being made: no event tells of them. */
  #answering = NONE;
  readonly #codecs: CodecSupport;
  /** How much of each is received, of those that are not received as they are sent. */
  readonly #deliveries = new Map<Publication, Delivery>();
  readonly #news: DeliveryNews;
  readonly #notedLimits = new Set<ReceivingLimit>();

  constructor(options: Options) {
    const { media, rtpCapabilities } = options;
    this.#options = options;
    this.#news = new DeliveryNews((event) => this.#tell(event));
    this.#codecs = new CodecSupport((producer) => media.canConsume(producer, rtpCapabilities));
  }

  get maxConsumers(): number {
    return this.#options.limits.maxConsumersPerPeer;
  }

  get maxVideos(): number {
    return this.#options.limits.maxVideoConsumersPerPeer;
  }

  get demand(): Demand {
    return this.#options.demand;
  }

  get line(): Line {
    const { media, limits } = this.#options;
    return { availableBitrate: media.availableBitrate, maxBitrate: limits.maxOutgoingBitrate };
  }

  get subscribed(): Iterable<Publication> {
    return this.#states.keys();
  }

  canReceive({ producer }: MediaPublication): boolean {
    return !producer.closed && this.#codecs.supports(producer);
  }

  async subscribe(publication: Publication): Promise<void> {
    if (this.#states.has(publication) || !this.#isAllowed(publication)) return;
    const opening: State = { is: 'opening' };
    this.#states.set(publication, opening);
    try {
      if (publication.kind === 'data') await this.#consumeData(publication, opening);
      else await this.#consume(publication, opening);
    } catch (error) {
      this.#forget(publication, opening);
      const { closer, media } = this.#options;
      const isExpected = isClosed(publication) || closer.closed || media.closedWith !== undefined;
      if (!isExpected) this.#options.logger.error({ err: error }, 'a publication could not be received');
    }
  }

  update(publication: MediaPublication, delivery: Delivery): void {
    this.#deliveries.set(publication, delivery);
    const state = this.#states.get(publication);
    if (state?.is === 'media') this.#deliver(state, delivery);
  }

  unsubscribe(publication: Publication): void {
    const state = this.#states.get(publication);
    if (!state) return;
    this.#forget(publication, state);
    if (state.is === 'opening') return; // its consumer is closed on arrival
    closeState(state);
    // A client closes its end of a data channel with its grant.
    if (state.is === 'media') this.#tell(new OutgoingEvent('consumerClosed', { consumerId: state.info.id }));
  }

  /** Notes each limit once. */
  noteLimit(limit: ReceivingLimit): void {
    if (!this.#notedLimits.has(limit)) this.#options.events.noteLimit(limit);
    this.#notedLimits.add(limit);
  }

  /**
   * Runs `fill`, which subscribes to these publications, and returns all of them that can be received. Events tell of
   * other publications, and of no consumer in the answer.
   */
  async answer(publications: Iterable<Publication>, fill: () => Promise<void>): Promise<Received> {
    const answering = new Set(publications);
    this.#answering = answering;
    try {
      await fill();
      return this.#received(answering);
    } finally {
      this.#answering = NONE;
    }
  }

  /** All that can be received at this moment. */
  all(): Received {
    return this.#received(this.#states.keys());
  }

  /** The producer of one of the consumers. Throws `not_found`. */
  producerId(consumerId: string): string {
    for (const [{ id }, state] of this.#states)
      if (state.is === 'media' && state.info.id === consumerId) return id;
    throw new AppError('not_found', 'there is no such consumer');
  }

  /** The client has opened its ends of these data channels. Throws `not_found` where one of them does not exist. */
  confirmData(ids: readonly string[]): void {
    const channels = new Map(
      [...this.#states.values()].flatMap((state) => (state.is === 'data' ? [[state.info.id, state]] : [])),
    );
    for (const id of ids) {
      const channel = channels.get(id);
      if (!channel) throw new AppError('not_found', 'there is no such data consumer');
      channel.opened.resolve();
    }
  }

  /** Closes what the peer may receive no longer. Its client closes its ends when it is told of its grants. */
  closeForbidden(): void {
    for (const [publication, state] of [...this.#states]) {
      if (this.#isAllowed(publication)) continue;
      this.#forget(publication, state);
      closeState(state);
    }
  }

  async #consume(publication: MediaPublication, opening: State): Promise<void> {
    const { media, rtpCapabilities } = this.#options;
    const subscription = await media.consume(publication, rtpCapabilities);
    const { consumer } = subscription;
    if (!this.#isStillWanted(publication, opening)) {
      consumer.close();
      return;
    }
    const info = consumerInfo(consumer, publication);
    const state: State = { is: 'media', subscription, info };
    this.#states.set(publication, state);
    const delivery = this.#deliveries.get(publication);
    if (delivery) this.#deliver(state, delivery);
    consumer.observer.once('close', () => this.#forget(publication, state));
    if (!this.#answering.has(publication))
      this.#tell(new OutgoingEvent('consumerOpened', { consumer: info }));
  }

  async #consumeData(publication: DataPublication, opening: State): Promise<void> {
    const consumer = await this.#options.media.consumeData(publication);
    const info = dataConsumerInfo(consumer, publication);
    if (!info || !this.#isStillWanted(publication, opening)) {
      this.#forget(publication, opening);
      consumer.close();
      return;
    }
    const opened = Promise.withResolvers<void>();
    const state: State = { is: 'data', consumer, info, opened };
    this.#states.set(publication, state);
    consumer.observer.once('close', () => {
      this.#forget(publication, state);
      opened.resolve();
    });
    if (this.#answering.has(publication)) return;
    this.#tell(new OutgoingEvent('dataConsumerOpened', { dataConsumer: info }));
    await opened.promise;
  }

  /** Whether it was neither closed nor unsubscribed from while its consumer was made. */
  #isStillWanted(publication: Publication, opening: State): boolean {
    const isCurrent = this.#states.get(publication) === opening;
    if (isCurrent && this.#isAllowed(publication) && !isClosed(publication)) return true;
    this.#forget(publication, opening);
    return false;
  }

  #forget(publication: Publication, state: State): void {
    if (this.#states.get(publication) !== state) return;
    this.#states.delete(publication);
    this.#deliveries.delete(publication);
    if (state.is === 'media') this.#news.forget(state.info.id);
  }

  #deliver({ subscription, info }: State & { is: 'media' }, delivery: Delivery): void {
    subscription.deliver({ ...delivery, isPaused: delivery.paused !== undefined });
    this.#news.note(info, delivery);
  }

  #isAllowed({ kind }: Publication): boolean {
    return this.#options.may(kind === 'data' ? 'data' : 'subscribe');
  }

  #received(publications: Iterable<Publication>): Received {
    const received: Received = { consumers: [], dataConsumers: [] };
    for (const publication of publications) {
      const state = this.#states.get(publication);
      if (state?.is === 'data') received.dataConsumers.push(state.info);
      if (state?.is !== 'media' || publication.kind === 'data') continue;
      received.consumers.push({ ...state.info, paused: publication.producer.paused });
    }
    return received;
  }

  #tell(event: OutgoingEvent): void {
    if (!this.#options.closer.closed) this.#options.events.tell(event);
  }
}

/** What is on its way is closed on arrival. */
function closeState(state: State): void {
  if (state.is === 'media') state.subscription.consumer.close();
  if (state.is === 'data') state.consumer.close();
}

function consumerInfo(
  consumer: Subscription['consumer'],
  { id: producerId, peerId, source, producer }: MediaPublication,
): ConsumerInfo {
  const { id, kind, rtpParameters } = consumer;
  return {
    id,
    peerId,
    producerId,
    kind,
    source,
    paused: producer.paused,
    rtpParameters: { ...rtpParameters, encodings: rtpParameters.encodings ?? [] },
  };
}

/** Undefined for a consumer without a stream, as on a transport without SCTP. */
function dataConsumerInfo(
  { id, sctpStreamParameters }: DataConsumer,
  { id: dataProducerId, peerId, reliability }: DataPublication,
): DataConsumerInfo | undefined {
  return sctpStreamParameters && { id, peerId, dataProducerId, reliability, sctpStreamParameters };
}
