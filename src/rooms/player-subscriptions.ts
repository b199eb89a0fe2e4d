import type { Consumer, RtpCapabilities } from 'mediasoup/types';
import type { Closer } from '../lib/closer.ts';
import type { Logger } from '../lib/logger.ts';
import { CodecSupport } from '../media/codec-support.ts';
import { LossEstimate } from '../media/loss-estimate.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Subscription } from '../media/subscription.ts';
import type { Grant } from '../protocol/grants.ts';
import type { Delivery, ReceivingLimit } from './delivery.ts';
import { Demand } from './demand.ts';
import type { Line, Receiver } from './member.ts';
import { isClosed, type MediaPublication, type Publication } from './publication.ts';

/** A section of the player's offer that a track can be sent in. */
export interface PlayerSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
}

interface Options {
  media: PeerMedia;
  /** What the player can receive. */
  rtpCapabilities: RtpCapabilities;
  sections: readonly PlayerSection[];
  /** Whether it is among what the player should play. */
  isChosen: (publication: MediaPublication) => boolean;
  /** What the member may do at this moment. */
  may: (grant: Grant) => boolean;
  /** In bits per second. */
  maxOutgoingBitrate: number;
  /** The line carries more or less than before. */
  onLineChanged: () => void;
  /** The member's. */
  closer: Closer;
  logger: Logger;
}

/** What is sent, or about to be sent, in a section. */
interface Slot extends PlayerSection {
  publication?: MediaPublication | undefined;
  subscription?: Subscription | undefined;
}

/** A player wants what was chosen for it, and nothing else. */
class ChosenDemand extends Demand {
  readonly #isChosen: Options['isChosen'];

  constructor(isChosen: Options['isChosen']) {
    super();
    this.#isChosen = isChosen;
  }

  override wants(publication: MediaPublication): boolean {
    return this.#isChosen(publication);
  }
}

/** What a player receives: one track in each section of its offer. Another track takes the place of one that is not chosen any more. */
export class PlayerSubscriptions implements Receiver {
  readonly demand: Demand;
  readonly #options: Options;
  readonly #slots: readonly Slot[];
  readonly #codecs: CodecSupport;
  readonly #loss: LossEstimate;
  readonly #deliveries = new WeakMap<Publication, Delivery>();

  constructor(options: Options) {
    const { media, rtpCapabilities, isChosen, sections, onLineChanged } = options;
    this.#options = options;
    this.demand = new ChosenDemand(isChosen);
    this.#slots = sections.map((section) => ({ ...section }));
    this.#codecs = new CodecSupport((producer) => media.canConsume(producer, rtpCapabilities));
    this.#loss = new LossEstimate(() => this.#videos(), onLineChanged);
  }

  get maxConsumers(): number {
    return this.#slots.length;
  }

  get maxVideos(): number {
    return this.#slots.filter(({ kind }) => kind === 'video').length;
  }

  /** By what the player measures, where it can, and by what is lost. */
  get line(): Line {
    const { media, maxOutgoingBitrate: maxBitrate } = this.#options;
    const known = [media.availableBitrate, this.#loss.bitrate].filter((bitrate) => bitrate !== undefined);
    return { availableBitrate: known.length > 0 ? Math.min(...known) : undefined, maxBitrate };
  }

  get subscribed(): Publication[] {
    return this.#slots.flatMap(({ publication }) => publication ?? []);
  }

  canReceive({ producer }: MediaPublication): boolean {
    return !producer.closed && this.#codecs.supports(producer);
  }

  async subscribe(publication: Publication): Promise<void> {
    if (publication.kind === 'data' || this.subscribed.includes(publication)) return;
    const slot = this.#slots.find(({ kind, publication: held }) => kind === publication.kind && !held);
    if (!slot || !this.#options.may('subscribe')) return;
    slot.publication = publication;
    try {
      await this.#play(slot, publication);
    } catch (error) {
      this.#free(slot, publication);
      const { closer, media, logger } = this.#options;
      const expected = isClosed(publication) || closer.closed || media.closedWith !== undefined;
      if (!expected) logger.error({ err: error }, 'a publication could not be played');
    }
  }

  update(publication: MediaPublication, delivery: Delivery): void {
    this.#deliveries.set(publication, delivery);
    const slot = this.#slots.find((each) => each.publication === publication);
    if (slot?.subscription) deliver(slot.subscription, delivery);
  }

  unsubscribe(publication: Publication): void {
    const slot = this.#slots.find((each) => each.publication === publication);
    if (!slot) return;
    const { subscription } = slot;
    this.#free(slot, publication);
    subscription?.consumer.close(); // one that is on its way is closed on arrival
  }

  /** A player is not told of limits: it has as many sections as it offered. */
  noteLimit(_limit: ReceivingLimit): void {}

  /** What is sent at this moment, by the `mid` of its section. */
  playing(): Map<string, Consumer> {
    const playing = this.#slots.flatMap(({ mid, subscription }) =>
      subscription ? [[mid, subscription.consumer] as const] : [],
    );
    return new Map(playing);
  }

  stop(): void {
    this.#loss.stop();
  }

  async #play(slot: Slot, publication: MediaPublication): Promise<void> {
    const { media, rtpCapabilities } = this.#options;
    const subscription = await media.consume(publication, rtpCapabilities, slot.mid);
    const { consumer } = subscription;
    if (slot.publication !== publication || isClosed(publication)) {
      consumer.close();
      this.#free(slot, publication);
      return;
    }
    slot.subscription = subscription;
    consumer.observer.once('close', () => this.#free(slot, publication));
    const delivery = this.#deliveries.get(publication);
    if (delivery) deliver(subscription, delivery);
    // Nobody says that the player is ready: it is when its transport is connected.
    subscription.resume();
  }

  #free(slot: Slot, publication: Publication): void {
    if (slot.publication !== publication) return;
    slot.publication = undefined;
    slot.subscription = undefined;
  }

  #videos(): Consumer[] {
    return [...this.playing().values()].filter(({ kind }) => kind === 'video');
  }
}

function deliver(subscription: Subscription, { layers, paused, priority }: Delivery): void {
  subscription.deliver({ layers, isPaused: paused !== undefined, priority });
}
