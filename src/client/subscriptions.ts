import type { Consumer, ConsumerOptions, DataConsumer } from 'mediasoup-client/types';
import type { Grant } from '../protocol/grants.ts';
import type { ConsumerInfo, DataConsumerInfo } from '../protocol/model.ts';
import { RoomError } from './errors.ts';
import type { Signaling } from './signaling.ts';
import type { Transports } from './transports.ts';

interface Options {
  transports: Pick<Transports, 'consume' | 'consumeData'>;
  request: Signaling['request'];
  onTrack: (info: ConsumerInfo, track: MediaStreamTrack) => void;
  onData: (info: DataConsumerInfo, data: string | ArrayBuffer) => void;
}

interface Subscription {
  readonly info: ConsumerInfo;
  consumer?: Consumer;
}

interface DataSubscription {
  readonly info: DataConsumerInfo;
  consumer?: DataConsumer;
}

/** What one session receives: a consumer for each producer of the others, and for each of their data channels. */
export class Subscriptions {
  readonly #options: Options;
  /** By the id of the producer. */
  readonly #media = new Map<string, Subscription>();
  readonly #data = new Map<string, DataSubscription>();
  /** The ids of consumers that can take media, until the server is asked to let it flow. */
  #ready: string[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  /** Opens them all at once, in one round of SDP, and asks for their media when that is done, in one request. */
  open(infos: readonly ConsumerInfo[]): void {
    for (const info of infos) {
      if (this.#media.get(info.producerId)?.info.id === info.id) continue;
      const subscription: Subscription = { info };
      this.#media.set(info.producerId, subscription);
      this.#options.transports
        .consume(consumerOptions(info))
        .then((consumer) => this.#opened(subscription, consumer))
        .catch((error: unknown) => this.#failed(info, error));
    }
  }

  /** All that there is to receive: the rest is closed, and what is missing is opened. */
  sync(media: readonly ConsumerInfo[], data: readonly DataConsumerInfo[]): void {
    const wanted = new Set([...media, ...data].map(({ id }) => id));
    for (const { info } of this.#media.values()) if (!wanted.has(info.id)) this.close(info.producerId);
    for (const { info } of this.#data.values()) if (!wanted.has(info.id)) this.closeData(info.dataProducerId);
    this.open(media);
    this.openData(data);
  }

  /** The id of the consumer of a producer. */
  consumerId(producerId: string): string | undefined {
    return this.#media.get(producerId)?.info.id;
  }

  openData(infos: readonly DataConsumerInfo[]): void {
    for (const info of infos) {
      if (this.#data.get(info.dataProducerId)?.info.id === info.id) continue;
      const subscription: DataSubscription = { info };
      this.#data.set(info.dataProducerId, subscription);
      const { id, dataProducerId, reliability, sctpStreamParameters } = info;
      this.#options.transports
        .consumeData({ id, dataProducerId, label: reliability, sctpStreamParameters })
        .then((consumer) => this.#dataOpened(subscription, consumer))
        .catch((error: unknown) => this.#failed(info, error));
    }
  }

  close(producerId: string): void {
    this.#media.get(producerId)?.consumer?.close();
    this.#media.delete(producerId);
  }

  /** Closes one consumer; returns what it was, if it is known. */
  closeConsumer(consumerId: string): ConsumerInfo | undefined {
    const subscription = [...this.#media.values()].find(({ info }) => info.id === consumerId);
    if (!subscription) return undefined;
    this.close(subscription.info.producerId);
    return subscription.info;
  }

  closeData(dataProducerId: string): void {
    this.#data.get(dataProducerId)?.consumer?.close();
    this.#data.delete(dataProducerId);
  }

  /** What may be received no longer, which the server has closed. */
  closeForbidden(grants: readonly Grant[]): void {
    if (!grants.includes('subscribe')) for (const id of [...this.#media.keys()]) this.close(id);
    if (!grants.includes('data')) for (const id of [...this.#data.keys()]) this.closeData(id);
  }

  closePeer(peerId: string): void {
    for (const { info } of this.#media.values()) if (info.peerId === peerId) this.close(info.producerId);
    for (const { info } of this.#data.values())
      if (info.peerId === peerId) this.closeData(info.dataProducerId);
  }

  /** The transports are gone, and the consumers with them. */
  clear(): void {
    this.#media.clear();
    this.#data.clear();
    this.#ready = [];
  }

  #opened(subscription: Subscription, consumer: Consumer): void {
    const { info } = subscription;
    if (this.#media.get(info.producerId) !== subscription) {
      consumer.close(); // its producer was closed meanwhile
      return;
    }
    subscription.consumer = consumer;
    this.#options.onTrack(info, consumer.track);
    // Those of one round of SDP arrive in one go of microtasks.
    if (this.#ready.push(info.id) === 1) queueMicrotask(() => this.#resume(this.#ready.splice(0)));
  }

  #resume(ids: string[]): void {
    if (ids.length === 0) return;
    this.#options.request('resumeConsumers', { ids }).catch((error: unknown) => {
      // One whose producer was closed meanwhile refuses them all: what is left is asked for again.
      if (!(error instanceof RoomError) || error.code !== 'not_found') return;
      const open = new Set([...this.#media.values()].map(({ info }) => info.id));
      const left = ids.filter((id) => open.has(id));
      if (left.length < ids.length) this.#resume(left);
    });
  }

  #dataOpened(subscription: DataSubscription, consumer: DataConsumer): void {
    const { info } = subscription;
    if (this.#data.get(info.dataProducerId) !== subscription) {
      consumer.close();
      return;
    }
    subscription.consumer = consumer;
    consumer.binaryType = 'arraybuffer';
    consumer.on('message', (data: string | ArrayBuffer) => this.#options.onData(info, data));
    if (consumer.readyState === 'open') this.#confirm(info.id);
    else consumer.once('open', () => this.#confirm(info.id));
  }

  /** Tells that this end of a channel is open: its sender waits for that. It fails only with what it is about. */
  #confirm(id: string): void {
    this.#options.request('confirmDataConsumers', { ids: [id] }).catch(() => {});
  }

  /** A consumer fails when its transport was closed, or when the browser refuses its SDP, which ends only that one. */
  #failed(info: ConsumerInfo | DataConsumerInfo, error: unknown): void {
    if ('producerId' in info) this.#media.delete(info.producerId);
    else this.#data.delete(info.dataProducerId);
    if (!(error instanceof Error) || error.name !== 'InvalidStateError') console.warn('not received', error);
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
