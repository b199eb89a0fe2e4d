import type { TimeSlices } from '../lib/time-slices.ts';
import { Measuring } from '../media/measuring.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import { attention, deliveryOf, mayReceive, wishesOf } from './attention.ts';
import type { ReceivingLimit, Shortage } from './delivery.ts';
import { LayerInterest } from './layer-interest.ts';
import type { Member, Receiver } from './member.ts';
import { isMicrophone, isVideo, type MediaPublication, type Publication } from './publication.ts';
import { ReceiverPlan } from './receiver-plan.ts';

interface Options {
  /** All members of the room at this moment. */
  members: () => readonly Member[];
  /** Whether a microphone is one that members should be ready to receive. */
  isOffered: (microphone: MediaPublication) => boolean;
  /** Those of the node: many receivers may have to be looked at. */
  slices: TimeSlices;
}

/**
 * Decides who receives what in one room, and makes it so: it compares what each member should receive (`attention`) with
 * what it does, and makes the difference. Nothing else subscribes, pauses or unsubscribes.
 */
export class Forwarding {
  readonly #options: Options;
  readonly #plans = new WeakMap<Receiver, ReceiverPlan>();
  /** By the member, to notice that its receiver is another one. */
  readonly #receivers = new WeakMap<Member, Receiver>();
  readonly #interests = new Map<MediaPublication, LayerInterest>();
  readonly #measuring = new Measuring();
  readonly #waiting = new Set<Member>();
  #activePeerId: string | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** All that members publish at this moment, and that others should be ready to receive. */
  publications(): Publication[] {
    const published = this.#options.members().flatMap((member) => [...member.publications]);
    return published.filter((publication) => this.#mayBeReceived(publication));
  }

  /**
   * Offers a new publication to the members. Resolves when all of them that should receive it can, other than those that
   * are reconnecting.
   */
  async published(publisher: Member, publication: Publication): Promise<void> {
    if (publication.kind !== 'data') this.#follow(publisher, publication);
    const receiving = this.#options.members().map((member) => {
      const subscribed = this.#offer(member, publication);
      return member.isReconnecting ? undefined : subscribed;
    });
    await Promise.all(receiving);
  }

  /** Gives the place of something that was unpublished to something else. */
  unpublished(): void {
    for (const member of this.#options.members()) {
      const plan = this.#planOf(member.receiver);
      if (plan && (plan.isLimited || plan.isShort)) this.refresh(member);
    }
  }

  /** What a member may receive has changed, or it has just begun to. Resolves when it receives all that it should. */
  async update(member: Member): Promise<void> {
    const { receiver } = member;
    if (!receiver) return;
    const { publications, limits } = attention(member, receiver, this.publications());
    this.#noteLimits(receiver, limits);
    const keep = new Set(publications);
    for (const publication of [...receiver.subscribed]) {
      if (keep.has(publication)) continue;
      if (publication.kind !== 'data') this.#planOf(receiver)?.forget(publication);
      receiver.unsubscribe(publication);
    }
    const subscribing = publications.map((publication) => receiver.subscribe(publication));
    this.#deliver(member, receiver, publications);
    await Promise.all(subscribing);
  }

  /** Looks at a member again soon, once for all changes of this turn of the event loop. */
  refresh(member: Member): void {
    this.#waiting.add(member);
    if (this.#waiting.size === 1) setImmediate(() => this.#work());
  }

  /** The line of a member carries more or less than before: that may matter, or not. */
  lineChanged(member: Member): void {
    const { receiver } = member;
    const plan = this.#planOf(receiver);
    if (!receiver || !plan?.isAffectedBy(receiver.line)) return;
    // What was never measured is only assumed, and nothing should be paused for an assumption.
    const media = [...receiver.subscribed].filter((publication) => publication.kind !== 'data');
    void this.#measuring.refresh(media).then(() => this.refresh(member));
  }

  /** Another peer speaks. It matters to those whose lines are short. */
  speakerChanged(peerId: string | null): void {
    if (peerId === this.#activePeerId) return;
    this.#activePeerId = peerId;
    for (const member of this.#options.members()) {
      if (this.#planOf(member.receiver)?.isShort) this.refresh(member);
    }
  }

  /** Whether a member receives less than it shows, and whether it sends less than is wanted. */
  shortagesOf(member: Member): { shortage: Shortage | undefined; isUplinkShort: boolean } {
    const isUplinkShort = [...member.publications].some(
      (publication) => publication.kind === 'video' && this.#lacksLayers(publication),
    );
    return { shortage: this.#planOf(member.receiver)?.shortage, isUplinkShort };
  }

  /** A member has left. */
  left(member: Member): void {
    this.#release(member);
    this.unpublished();
  }

  close(): void {
    for (const interest of this.#interests.values()) interest.close();
    this.#interests.clear();
    this.#waiting.clear();
  }

  #work(): void {
    const members = [...this.#waiting];
    this.#waiting.clear();
    const present = new Set(this.#options.members());
    for (const member of members) {
      if (present.has(member)) void this.#options.slices.run(() => void this.update(member));
    }
  }

  /** Other microphones are offered than before. */
  updateAll(): void {
    for (const member of this.#options.members()) this.refresh(member);
  }

  /** Has those who receive a publication receive it anew, as it comes another way from now on. */
  resubscribe(publication: Publication): void {
    for (const member of this.#options.members()) member.receiver?.unsubscribe(publication);
  }

  #mayBeReceived(publication: Publication): boolean {
    return !isMicrophone(publication) || this.#options.isOffered(publication);
  }

  /** Does what `update` would do about one publication. */
  async #offer(member: Member, publication: Publication): Promise<void> {
    const { receiver } = member;
    if (!receiver || !this.#mayBeReceived(publication) || !mayReceive(member, receiver, publication)) return;
    if (!hasPlace(receiver, publication)) {
      await this.update(member);
      return;
    }
    const subscribed = receiver.subscribe(publication);
    if (isVideo(publication)) this.refresh(member);
    await subscribed;
  }

  #deliver(member: Member, receiver: Receiver, publications: readonly Publication[]): void {
    if (this.#receivers.get(member) !== receiver) this.#release(member);
    this.#receivers.set(member, receiver);
    let plan = this.#plans.get(receiver);
    if (!plan) {
      plan = new ReceiverPlan((publication, before, after) =>
        this.#interests.get(publication)?.change(before, after),
      );
      this.#plans.set(receiver, plan);
    }
    const wishes = wishesOf(receiver, publications, this.#activePeerId);
    const short = plan.decide(wishes, receiver, publications, performance.now());
    if (plan.isShort) void this.#measuring.refresh(publications.filter((each) => each.kind !== 'data'));
    if (short?.shortage === 'limit') receiver.noteLimit('MAX_OUTGOING_BITRATE');
    for (const wish of wishes) {
      const delivery = deliveryOf(wish, short);
      if (plan.set(wish.key, delivery)) receiver.update(wish.key, delivery);
    }
  }

  /** Tells the publisher of a video which layers are wanted, until its producer closes. */
  #follow(publisher: Member, publication: MediaPublication): void {
    const { id: producerId, layers, producer } = publication;
    if (layers) {
      const tell = (active: boolean[]) =>
        publisher.tell(new OutgoingEvent('producerLayersChanged', { producerId, active }));
      this.#interests.set(publication, new LayerInterest(layers.count, tell));
    }
    producer.observer.once('close', () => {
      this.#interests.get(publication)?.close();
      this.#interests.delete(publication);
      for (const { receiver } of this.#options.members()) {
        this.#planOf(receiver)?.forget(publication);
        receiver?.demand.forget(publication);
      }
    });
  }

  /** Whether a layer that somebody wants does not arrive, while another one does. */
  #lacksLayers(publication: MediaPublication): boolean {
    const { producer, layers } = publication;
    const wanted = this.#interests.get(publication)?.wanted ?? [];
    if (!layers?.isSimulcast || producer.paused) return false;
    const arrives = producer.score.map(({ encodingIdx, score }) => score > 0 && wanted[encodingIdx] === true);
    return arrives.includes(true) && arrives.filter(Boolean).length < wanted.filter(Boolean).length;
  }

  #planOf(receiver: Receiver | undefined): ReceiverPlan | undefined {
    return receiver && this.#plans.get(receiver);
  }

  /** What a receiver wanted that is gone, or was replaced, nobody wants any more. */
  #release(member: Member): void {
    this.#planOf(this.#receivers.get(member))?.clear();
    this.#receivers.delete(member);
  }

  #noteLimits(receiver: Receiver, limits: ReadonlySet<ReceivingLimit>): void {
    const plan = this.#planOf(receiver);
    if (plan) plan.isLimited = limits.size > 0;
    for (const limit of limits) receiver.noteLimit(limit);
  }
}

function hasPlace(receiver: Receiver, publication: Publication): boolean {
  if (publication.kind === 'data') return true;
  let [media, videos] = [1, isVideo(publication) ? 1 : 0];
  for (const each of receiver.subscribed) {
    if (each.kind !== 'data') media++;
    if (isVideo(each)) videos++;
  }
  return media <= receiver.maxConsumers && videos <= receiver.maxVideos;
}
