import type { RtpCapabilities } from 'mediasoup/types';
import type { Closer } from '../lib/closer.ts';
import type { Logger } from '../lib/logger.ts';
import { CodecSupport } from '../media/codec-support.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Subscription } from '../media/subscription.ts';
import type { Grant } from '../protocol/grants.ts';
import type { Delivery, ReceivingLimit } from './delivery.ts';
import { Demand } from './demand.ts';
import type { Line, Receiver } from './member.ts';
import type { OfferExchange } from './offer-exchange.ts';
import { isClosed, type MediaPublication, type Publication } from './publication.ts';
import { streamIdOf, trackIdOf } from './stream-ids.ts';
import type { ReceivingLimits } from './subscriptions.ts';

interface Options {
  media: PeerMedia;
  /** What the client can receive. */
  rtpCapabilities: RtpCapabilities;
  exchange: OfferExchange;
  /** What the member may do at this moment. */
  may: (grant: Grant) => boolean;
  limits: ReceivingLimits;
  /** The member's. */
  closer: Closer;
  noteLimit: (limit: string) => void;
  logger: Logger;
}

type State = { is: 'opening' } | { is: 'open'; mid: string; subscription: Subscription };

/** A half of the sections that a description may have: each is for video or for audio. */
const MAX_TRACKS = 60;

/** What a client receives by offers of this server: a section for each publication that its room has chosen for it. */
export class OfferedSubscriptions implements Receiver {
  readonly #options: Options;
  readonly #states = new Map<Publication, State>();
  readonly #codecs: CodecSupport;
  /** How much of each is received, where that was decided. */
  readonly #deliveries = new Map<Publication, Delivery>();
  readonly #notedLimits = new Set<ReceivingLimit>();
  /** Such a client cannot say what it shows. */
  readonly demand = new Demand();

  constructor(options: Options) {
    const { media, rtpCapabilities } = options;
    this.#options = options;
    this.#codecs = new CodecSupport((producer) => media.canConsume(producer, rtpCapabilities));
  }

  get maxConsumers(): number {
    return Math.min(this.#options.limits.maxConsumersPerPeer, MAX_TRACKS);
  }

  get maxVideos(): number {
    return this.#options.limits.maxVideoConsumersPerPeer;
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
    // There are no data channels in these offers.
    if (publication.kind === 'data' || this.#states.has(publication)) return;
    if (!this.#options.may('subscribe')) return;
    const opening: State = { is: 'opening' };
    this.#states.set(publication, opening);
    try {
      await this.#consume(publication, opening);
    } catch (error) {
      this.#forget(publication, opening);
      const expected = isClosed(publication) || this.#options.closer.closed || this.#isMediaGone();
      if (!expected) this.#options.logger.error({ err: error }, 'a publication could not be received');
    }
  }

  unsubscribe(publication: Publication): void {
    const state = this.#states.get(publication);
    if (!state) return;
    this.#forget(publication, state);
    if (state.is === 'open') state.subscription.consumer.close(); // one that is opening is closed on arrival
  }

  update(publication: MediaPublication, delivery: Delivery): void {
    this.#deliveries.set(publication, delivery);
    const state = this.#states.get(publication);
    if (state?.is === 'open') deliver(state.subscription, delivery);
  }

  /** Notes each limit once. */
  noteLimit(limit: ReceivingLimit): void {
    if (!this.#notedLimits.has(limit)) this.#options.noteLimit(limit);
    this.#notedLimits.add(limit);
  }

  /** The client takes what it is sent in these sections: lets it flow. */
  answered(taken: ReadonlySet<string>): void {
    for (const state of this.#states.values()) {
      if (state.is === 'open' && taken.has(state.mid)) state.subscription.resume();
    }
  }

  /** Closes what the member may receive no longer. */
  closeForbidden(): void {
    if (this.#options.may('subscribe')) return;
    for (const publication of [...this.#states.keys()]) this.unsubscribe(publication);
  }

  async #consume(publication: MediaPublication, opening: State): Promise<void> {
    const { media, rtpCapabilities, exchange } = this.#options;
    const mid = await exchange.reserve(publication.kind);
    const subscription = await this.#open(publication, { media, rtpCapabilities, mid });
    const { consumer } = subscription;
    if (this.#states.get(publication) !== opening || isClosed(publication)) {
      consumer.close();
      exchange.release(mid);
      this.#forget(publication, opening);
      return;
    }
    const state: State = { is: 'open', mid, subscription };
    this.#states.set(publication, state);
    consumer.observer.once('close', () => {
      this.#forget(publication, state);
      exchange.clear(mid);
    });
    const delivery = this.#deliveries.get(publication);
    if (delivery) deliver(subscription, delivery);
    const { rtpParameters } = consumer;
    exchange.fill(mid, {
      rtpParameters,
      streamId: streamIdOf(publication),
      trackId: trackIdOf(consumer.id),
    });
  }

  async #open(
    publication: MediaPublication,
    { media, rtpCapabilities, mid }: { media: PeerMedia; rtpCapabilities: RtpCapabilities; mid: string },
  ): Promise<Subscription> {
    try {
      return await media.consume(publication, rtpCapabilities, mid);
    } catch (error) {
      this.#options.exchange.release(mid);
      throw error;
    }
  }

  #isMediaGone(): boolean {
    const { media } = this.#options;
    return media.lost || media.closedWith !== undefined;
  }

  #forget(publication: Publication, state: State): void {
    if (this.#states.get(publication) !== state) return;
    this.#states.delete(publication);
    this.#deliveries.delete(publication);
  }
}

function deliver(subscription: Subscription, { layers, paused, priority }: Delivery): void {
  subscription.deliver({ layers, isPaused: paused !== undefined, priority });
}
