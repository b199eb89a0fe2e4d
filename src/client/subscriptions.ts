import type { Consumer, ConsumerOptions } from 'mediasoup-client/types';
import type { Grant } from '../protocol/grants.ts';
import type { ConsumerInfo, DataConsumerInfo } from '../protocol/model.ts';
import { DataSubscriptions } from './data-subscriptions.ts';
import { RoomError } from './errors.ts';
import type { Quarantine } from './quarantine.ts';
import type { Signaling } from './signaling.ts';
import type { Transports } from './transports.ts';

interface Options {
  transports: Pick<Transports, 'consume' | 'consumeData' | 'takes'>;
  /** What cannot be received. */
  quarantine: Quarantine;
  request: Signaling['request'];
  onTrack: (info: ConsumerInfo, track: MediaStreamTrack) => void;
  onData: (info: DataConsumerInfo, data: string | ArrayBuffer) => void;
  /** The browser has refused a description: nothing more can be opened on these transports. */
  onBroken: () => void;
}

interface Subscription {
  readonly info: ConsumerInfo;
  /** Whether it is part of the description, or about to be. */
  isConsumed: boolean;
  consumer?: Consumer;
}

/** What one session receives: a consumer for each producer of the others, and for each of their data channels. */
export class Subscriptions {
  readonly data: DataSubscriptions;
  readonly #options: Options;
  /** By the id of the producer. */
  readonly #media = new Map<string, Subscription>();
  /** The ids of consumers that can take media, until the server is asked to let it flow. */
  #ready: string[] = [];
  /** What the browser has refused. There are good ones among them, as those of one round of SDP fail together. */
  readonly #refused: ConsumerInfo[] = [];
  /** Resolves when the consumers before are tried. */
  #trying: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: Options) {
    this.#options = options;
    this.data = new DataSubscriptions(options);
  }

  /** Opens them all at once, in one round of SDP, and asks for their media when that is done, in one request. */
  open(infos: readonly ConsumerInfo[]): void {
    if (this.#refused.length > 0) return; // the next transports get these too
    const { quarantine } = this.#options;
    const missing = infos.filter(({ id, producerId }) => this.consumerId(producerId) !== id);
    const subscriptions = quarantine.admit(missing).map((info) => ({ info, isConsumed: false }));
    for (const subscription of subscriptions) this.#media.set(subscription.info.producerId, subscription);
    if (quarantine.isCareful) this.#trying = this.#trying.then(() => this.#consumeTried(subscriptions));
    else for (const subscription of subscriptions) this.#consume(subscription);
  }

  /** All that there is to receive: the rest is closed, and what is missing is opened. */
  sync(media: readonly ConsumerInfo[], data: readonly DataConsumerInfo[]): void {
    const wanted = new Set(media.map(({ id }) => id));
    for (const { info } of this.#media.values()) if (!wanted.has(info.id)) this.close(info.producerId);
    this.open(media);
    this.data.sync(data);
  }

  /** The id of the consumer of a producer. */
  consumerId(producerId: string): string | undefined {
    return this.#media.get(producerId)?.info.id;
  }

  /** Its producer is closed, or is received no longer. */
  close(producerId: string): void {
    this.#media.get(producerId)?.consumer?.close();
    this.#media.delete(producerId);
    this.#options.quarantine.delete(producerId);
  }

  /** Closes one consumer; returns what it was, if it is known. */
  closeConsumer(consumerId: string): ConsumerInfo | undefined {
    const subscription = [...this.#media.values()].find(({ info }) => info.id === consumerId);
    if (!subscription) return undefined;
    this.close(subscription.info.producerId);
    return subscription.info;
  }

  /** What may be received no longer, which the server has closed. */
  closeForbidden(grants: readonly Grant[]): void {
    if (!grants.includes('subscribe')) for (const id of [...this.#media.keys()]) this.close(id);
    if (!grants.includes('data')) this.data.closeAll();
  }

  closePeer(peerId: string): void {
    for (const { info } of this.#media.values()) if (info.peerId === peerId) this.close(info.producerId);
    this.data.closePeer(peerId);
  }

  /** The transports are gone, and the consumers with them. */
  clear(): void {
    this.#isClosed = true;
    this.#media.clear();
    this.data.clear();
    this.#ready = [];
  }

  async #consumeTried(subscriptions: readonly Subscription[]): Promise<void> {
    const wanted = subscriptions.filter((subscription) => this.#isWanted(subscription));
    const taken = await this.#sort(wanted.map(({ info }) => info));
    for (const subscription of wanted.filter((other) => this.#isWanted(other))) {
      if (taken.includes(subscription.info)) this.#consume(subscription);
      else this.#media.delete(subscription.info.producerId);
    }
  }

  #consume(subscription: Subscription): void {
    subscription.isConsumed = true;
    this.#options.transports
      .consume(consumerOptions(subscription.info))
      .then((consumer) => this.#opened(subscription, consumer))
      .catch((error: unknown) => this.#failed(subscription, error));
  }

  #opened(subscription: Subscription, consumer: Consumer): void {
    if (!this.#isWanted(subscription)) {
      consumer.close(); // its producer was closed meanwhile
      return;
    }
    const { info } = subscription;
    subscription.consumer = consumer;
    this.#options.onTrack(info, consumer.track);
    // Those of one round of SDP arrive in one go of microtasks.
    if (this.#ready.push(info.id) === 1) queueMicrotask(() => this.#resume(this.#ready.splice(0)));
  }

  #resume(ids: string[]): void {
    this.#options.request('resumeConsumers', { ids }).catch((error: unknown) => {
      // One whose producer was closed meanwhile refuses them all. Which one it was may be told later than this answer.
      if (!(error instanceof RoomError) || error.code !== 'not_found' || ids.length === 1) return;
      const open = new Set([...this.#media.values()].map(({ info }) => info.id));
      for (const id of ids) if (open.has(id)) this.#resume([id]);
    });
  }

  #failed(subscription: Subscription, error: unknown): void {
    if (this.#isClosed) return; // with its transport
    const { info } = subscription;
    if (this.#isWanted(subscription)) this.#media.delete(info.producerId);
    console.warn('not received', error);
    // mediasoup-client refuses what the device has no codec for, before that is part of the description.
    if (error instanceof Error && error.name === 'UnsupportedError') return;
    // Those of one round of SDP fail in one go of microtasks.
    if (this.#refused.push(info) === 1) queueMicrotask(() => void this.#broken());
  }

  /**
   * mediasoup-client keeps what the browser has refused in all later descriptions. Finds out what it was. What was refused
   * although it had been tried is dropped as a whole.
   */
  async #broken(): Promise<void> {
    const { quarantine, onBroken } = this.#options;
    if (quarantine.isCareful) quarantine.add(this.#refused);
    else await this.#sort(this.#refused);
    if (!this.#isClosed) onBroken();
  }

  #sort(infos: readonly ConsumerInfo[]): Promise<readonly ConsumerInfo[]> {
    const { quarantine, transports } = this.#options;
    const open = [...this.#media.values()].filter(({ isConsumed }) => isConsumed).map(({ info }) => info);
    return quarantine.sort(infos, open, (all) => transports.takes(all.map(consumerOptions)));
  }

  #isWanted(subscription: Subscription): boolean {
    return this.#media.get(subscription.info.producerId) === subscription;
  }
}

function consumerOptions(info: ConsumerInfo): ConsumerOptions {
  const { id, producerId, kind, rtpParameters } = info;
  // mediasoup-client has no name for RFC 5450's offset, and no browser that it knows offers it.
  const headerExtensions = (rtpParameters.headerExtensions ?? []).flatMap(({ uri, ...extension }) =>
    uri === 'urn:ietf:params:rtp-hdrext:toffset' ? [] : [{ uri, ...extension }],
  );
  return {
    id,
    producerId,
    kind,
    rtpParameters: { ...rtpParameters, headerExtensions },
    streamId: streamIdOf(info),
  };
}

/** Browsers play the tracks of one stream in step: a microphone with its camera, a screen with its sound. */
function streamIdOf({ peerId, source }: ConsumerInfo): string {
  return source === 'mic' || source === 'camera' ? peerId : `${peerId}-screen`;
}
