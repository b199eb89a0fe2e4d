import type { Consumer, DataConsumer, Producer, RtpCapabilities } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import { BandwidthEstimate } from './bandwidth-estimate.ts';
import type { ClientTransport } from './client-transport.ts';
import { EarlyKeyFrames } from './early-key-frame.ts';
import { LOWEST } from './layers.ts';
import type { PublishedMedia } from './publication.ts';
import { refusable } from './refusals.ts';
import type { RoundTrip } from './round-trip.ts';
import { Subscription } from './subscription.ts';

interface Environment {
  /** Consumers are made in slices, as a large join makes hundreds at once. */
  slices: TimeSlices;
  /** What a client is sent at most, in bits per second. */
  maxOutgoingBitrate: number;
  /** Asks the sender of a producer for a key frame at once, of the lowest or the highest of its layers. */
  requestKeyFrame(producer: Producer, low: boolean): void;
  /** There is another estimate of what the line carries. */
  onEstimate(): void;
}

/**
 * For so long after it begins, a browser that measures its bandwidth may stop the upper layers of a video again, in
 * milliseconds. The worker would wait for their key frames until it notices, which takes it up to two seconds.
 */
const UNSTEADY_MS = 4000;

/** The transport that a client receives on, and its consumers. */
export class Receiving {
  readonly #transport: ClientTransport;
  readonly #environment: Environment;
  readonly #roundTrip: RoundTrip;
  readonly #subscriptions = new Map<string, Subscription>();
  /** When ICE came up. */
  #iceConnectedAt: number | undefined;
  readonly #estimate: BandwidthEstimate;
  /** There once the client was told of a video. */
  #earlyKeyFrames: EarlyKeyFrames | undefined;

  constructor(transport: ClientTransport, environment: Environment, roundTrip: RoundTrip) {
    this.#transport = transport;
    this.#environment = environment;
    this.#roundTrip = roundTrip;
    this.#estimate = new BandwidthEstimate(transport.transport, () => environment.onEstimate());
    transport.transport.on('icestatechange', (state) => {
      if (state === 'connected') this.#iceConnected();
    });
    transport.transport.on('dtlsstatechange', (state) => {
      if (state !== 'connected') return;
      for (const subscription of this.#subscriptions.values()) subscription.proceed();
    });
    transport.transport.observer.once('close', () => this.#earlyKeyFrames?.close());
  }

  /** What the line carries, in bits per second; undefined while it is not known. */
  get availableBitrate(): number | undefined {
    return this.#estimate.bitrate;
  }

  /** Receives a producer. It is paused until its receiver is ready. */
  async consume(published: PublishedMedia, rtpCapabilities: RtpCapabilities): Promise<Subscription> {
    const { transport, closer } = this.#transport;
    const { slices } = this.#environment;
    const producerId = published.producer.id;
    const low = performance.now() - published.at < UNSTEADY_MS;
    const options = { producerId, rtpCapabilities, paused: true, ...(low && { preferredLayers: LOWEST }) };
    const consumer = await closer.adopt(refusable(() => slices.run(() => transport.consume(options))));
    const isConnected = () => this.#transport.isConnected;
    const subscription = new Subscription(consumer, { isConnected, keyFrames: published.keyFrames, low });
    this.#subscriptions.set(consumer.id, subscription);
    consumer.observer.once('close', () => this.#subscriptions.delete(consumer.id));
    this.#expectKeyFrame(published, consumer, low);
    if (consumer.kind === 'video') this.#estimate.watch(this.#environment.maxOutgoingBitrate);
    return subscription;
  }

  async consumeData(dataProducerId: string): Promise<DataConsumer> {
    const { transport, closer } = this.#transport;
    return await closer.adopt(refusable(() => transport.consumeData({ dataProducerId })));
  }

  /** Throws `not_found`. */
  subscription(consumerId: string): Subscription {
    const subscription = this.#subscriptions.get(consumerId);
    if (!subscription) throw new AppError('not_found', 'there is no such consumer');
    return subscription;
  }

  #iceConnected(): void {
    this.#iceConnectedAt ??= performance.now();
    this.#earlyKeyFrames?.iceConnected(this.#iceConnectedAt);
  }

  #expectKeyFrame(
    { producer, keyFrames, publisher }: PublishedMedia,
    consumer: Consumer,
    low: boolean,
  ): void {
    if (!keyFrames || this.#transport.closer.closed) return;
    this.#earlyKeyFrames ??= new EarlyKeyFrames(() => this.#roundTrip.ms, this.#iceConnectedAt);
    const early = this.#earlyKeyFrames;
    const awaited = {
      keyFrames,
      publisherRtt: () => publisher.roundTrip.ms,
      request: () => this.#environment.requestKeyFrame(producer, low),
    };
    early.told(awaited);
    consumer.observer.once('close', () => early.forget(awaited));
  }
}
