import type { Consumer, DataConsumer, RtpCapabilities } from 'mediasoup/types';
import type { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import { type EncodedEvent, encodeEvent } from '../protocol/frames.ts';
import type { Grant } from '../protocol/grants.ts';
import type { ConsumerInfo, DataConsumerInfo } from '../protocol/model.ts';
import type { EventSink } from './event-sink.ts';
import type { MemberProducer, PublishedData, Snapshot } from './member.ts';

interface Options {
  media: PeerMedia;
  /** What the browser can receive. */
  rtpCapabilities: RtpCapabilities;
  /** What the peer may do at this moment. */
  may: (grant: Grant) => boolean;
  maxConsumers: number;
  /** Where what is offered is told, and once that there is more than the limit allows. */
  events: Pick<EventSink, 'tell' | 'noteLimit'>;
  /** The peer's. */
  closer: Closer;
  logger: Logger;
}

type Published = Pick<Snapshot, 'producers' | 'dataProducers'>;

interface Received {
  consumers: ConsumerInfo[];
  dataConsumers: DataConsumerInfo[];
}

interface DataReception {
  readonly consumer: DataConsumer;
  readonly data: PublishedData;
  /** Resolves when the client has opened its end of the channel, or there is nothing to open any more. */
  readonly opened: PromiseWithResolvers<void>;
}

/** What a joined peer receives of the others: all that it may and can take, up to its limit. */
export class Reception {
  readonly #options: Options;
  /** Producers of others that are received, or on their way. */
  #consuming = 0;
  #limitNoted = false;
  readonly #consumers = new Map<Consumer, MemberProducer>();
  /** By the id of the consumer. */
  readonly #dataReceptions = new Map<string, DataReception>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Receives what was there before; resolves when all of it has come. */
  async receive({ producers, dataProducers }: Published): Promise<Received> {
    const [consumers, dataConsumers] = await Promise.all([
      Promise.all(producers.map((producer) => this.#consume(producer))),
      Promise.all(dataProducers.map((data) => this.#consumeData(data))),
    ]);
    return {
      consumers: consumers.filter(isThere),
      dataConsumers: dataConsumers.filter(isThere).map(dataConsumerInfo).filter(isThere),
    };
  }

  /** Receives what another has published just now, and tells of it when it has come. */
  offer(producer: MemberProducer): void {
    void this.#consume(producer).then((consumer) => {
      if (consumer) this.#tell(encodeEvent('consumerOpened', { consumer }));
    });
  }

  /** Receives the channel that another has opened just now; resolves when the client has opened its end, or there is none. */
  async offerData(data: PublishedData): Promise<void> {
    const reception = await this.#consumeData(data);
    const dataConsumer = reception && dataConsumerInfo(reception);
    if (!dataConsumer) return;
    this.#tell(encodeEvent('dataConsumerOpened', { dataConsumer }));
    await reception.opened.promise;
  }

  /** The client has opened its end of these. Throws `not_found` where one of them is not there. */
  confirmData(ids: readonly string[]): void {
    for (const id of ids) {
      const reception = this.#dataReceptions.get(id);
      if (!reception) throw new AppError('not_found', 'there is no such data consumer');
      reception.opened.resolve();
    }
  }

  /** Closes what the peer may receive no longer. The client closes its ends when it is told of its grants. */
  closeForbidden(): void {
    const { may } = this.#options;
    if (!may('subscribe')) for (const consumer of [...this.#consumers.keys()]) consumer.close();
    if (!may('data')) for (const { consumer } of [...this.#dataReceptions.values()]) consumer.close();
  }

  /** All that is received at this moment. */
  all(): Received {
    return {
      consumers: [...this.#consumers].map(([consumer, member]) => consumerInfo(consumer, member)),
      dataConsumers: [...this.#dataReceptions.values()].map(dataConsumerInfo).filter(isThere),
    };
  }

  /** A consumer of another's producer; undefined where there is none to be had. It starts paused. */
  async #consume(member: MemberProducer): Promise<ConsumerInfo | undefined> {
    const { media, rtpCapabilities, may } = this.#options;
    if (!may('subscribe') || this.#atLimit()) return undefined;
    this.#consuming++;
    const subscription = await this.#unlessClosed(member.producer, media.consume(member, rtpCapabilities));
    if (!subscription) {
      this.#consuming--;
      return undefined;
    }
    const { consumer } = subscription;
    this.#consumers.set(consumer, member);
    consumer.observer.once('close', () => {
      this.#consuming--;
      this.#consumers.delete(consumer);
    });
    if (!may('subscribe')) consumer.close();
    if (consumer.closed) return undefined;
    return consumerInfo(consumer, member);
  }

  /** The receiving end of another's data channel; undefined where there is none to be had. */
  async #consumeData(data: PublishedData): Promise<DataReception | undefined> {
    const { media, may } = this.#options;
    if (!may('data')) return undefined;
    const { dataProducer } = data;
    const consumer = await this.#unlessClosed(dataProducer, media.consumeData(dataProducer.id));
    if (!consumer) return undefined;
    const reception = { consumer, data, opened: Promise.withResolvers<void>() };
    this.#dataReceptions.set(consumer.id, reception);
    consumer.observer.once('close', () => {
      this.#dataReceptions.delete(consumer.id);
      reception.opened.resolve();
    });
    if (!may('data')) consumer.close();
    return consumer.closed ? undefined : reception;
  }

  #tell(event: EncodedEvent): void {
    if (!this.#options.closer.closed) this.#options.events.tell(event);
  }

  /** Tells of the limit once. */
  #atLimit(): boolean {
    if (this.#consuming < this.#options.maxConsumers) return false;
    if (!this.#limitNoted) this.#options.events.noteLimit('MAX_CONSUMERS_PER_PEER');
    this.#limitNoted = true;
    return true;
  }

  /** What arrives of another peer's; undefined where that is closed by now, or this peer. */
  async #unlessClosed<T>(theirs: { closed: boolean }, arriving: Promise<T>): Promise<T | undefined> {
    try {
      return await arriving;
    } catch (error) {
      const expected = theirs.closed || this.#options.closer.closed;
      if (!expected) this.#options.logger.error({ err: error }, 'a producer could not be offered');
      return undefined;
    }
  }
}

function consumerInfo(consumer: Consumer, { id: producerId, peerId, source }: MemberProducer): ConsumerInfo {
  const { id, kind, producerPaused, rtpParameters } = consumer;
  return {
    id,
    peerId,
    producerId,
    kind,
    source,
    paused: producerPaused,
    rtpParameters: { ...rtpParameters, encodings: rtpParameters.encodings ?? [] },
  };
}

/** Undefined for one that has no stream, as on a transport without SCTP. */
function dataConsumerInfo({ consumer, data }: DataReception): DataConsumerInfo | undefined {
  const { id, sctpStreamParameters } = consumer;
  const { id: dataProducerId, peerId, reliability } = data;
  return sctpStreamParameters && { id, peerId, dataProducerId, reliability, sctpStreamParameters };
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}
