import type { Consumer, DataConsumer, DataProducer, Producer, RtpCapabilities } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import { BandwidthEstimate } from './bandwidth-estimate.ts';
import type { ClientTransport } from './client-transport.ts';
import { EarlyKeyFrames } from './early-key-frame.ts';
import type { Brought } from './imports.ts';
import { LOWEST } from './layers.ts';
import type { Origin } from './origin.ts';
import type { PublishedData, PublishedMedia } from './publication.ts';
import { refusable } from './refusals.ts';
import type { RoundTrip } from './round-trip.ts';
import { Subscription } from './subscription.ts';

interface Environment {
  /** Consumers are made in slices, as a large join makes hundreds at once. */
  slices: TimeSlices;
  /** Makes a producer available on the router of the transport, for one consumer. */
  bring(producer: Producer | DataProducer, origin: Origin): Promise<Brought>;
  /** What a client is sent at most, in bits per second. */
  maxOutgoingBitrate: number;
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

  /** How well the worst of its consumers arrives, by mediasoup's scores from 0 to 10; undefined where nothing flows. */
  get score(): number | undefined {
    const scores = [...this.#subscriptions.values()]
      .filter(({ consumer }) => !consumer.paused && !consumer.producerPaused)
      .map(({ consumer }) => consumer.score.score)
      .filter((score) => score > 0);
    return scores.length > 0 ? Math.min(...scores) : undefined;
  }

  /** What the line carries, in bits per second; undefined while it is not known. */
  get availableBitrate(): number | undefined {
    return this.#estimate.bitrate;
  }

  /**
   * Receives a producer. It is paused until its receiver is ready.
   *
   * @param mid the section of a description that it is sent in; mediasoup's choice by default
   */
  async consume(
    published: PublishedMedia,
    rtpCapabilities: RtpCapabilities,
    mid?: string,
  ): Promise<Subscription> {
    const { transport } = this.#transport;
    const { slices } = this.#environment;
    const low = performance.now() - published.at < UNSTEADY_MS;
    const options = {
      rtpCapabilities,
      paused: true,
      enableRtx: true, // for sound too: what is lost is asked for again (NACK)
      ...(low && { preferredLayers: LOWEST }),
      ...(mid !== undefined && { mid }),
    };
    const consumer = await this.#consumeBrought(published.producer, published.origin, (producerId) =>
      slices.run(() => transport.consume({ producerId, ...options })),
    );
    const isConnected = () => this.#transport.isConnected;
    const subscription = new Subscription(consumer, { isConnected, keyFrames: published.keyFrames, low });
    this.#subscriptions.set(consumer.id, subscription);
    consumer.observer.once('close', () => this.#subscriptions.delete(consumer.id));
    this.#expectKeyFrame(published, consumer, low);
    if (consumer.kind === 'video') this.#estimate.watch(this.#environment.maxOutgoingBitrate);
    return subscription;
  }

  async consumeData({ dataProducer, origin }: PublishedData): Promise<DataConsumer> {
    return await this.#consumeBrought(dataProducer, origin, (dataProducerId) =>
      this.#transport.transport.consumeData({ dataProducerId }),
    );
  }

  /** Throws `not_found`. */
  subscription(consumerId: string): Subscription {
    const subscription = this.#subscriptions.get(consumerId);
    if (!subscription) throw new AppError('not_found', 'there is no such consumer');
    return subscription;
  }

  /** Consumes a producer that is brought to the router until the consumer closes. */
  async #consumeBrought<T extends Consumer | DataConsumer>(
    producer: Producer | DataProducer,
    origin: Origin,
    consume: (id: string) => Promise<T>,
  ): Promise<T> {
    const { closer } = this.#transport;
    closer.assertOpen();
    const { id, release } = await this.#environment.bring(producer, origin);
    try {
      closer.assertOpen();
      const consumer = await closer.adopt(refusable(() => consume(id)));
      onceClosed(consumer, release);
      return consumer;
    } catch (error) {
      release();
      throw error;
    }
  }

  #iceConnected(): void {
    this.#iceConnectedAt ??= performance.now();
    this.#earlyKeyFrames?.iceConnected(this.#iceConnectedAt);
  }

  #expectKeyFrame(
    { producer, origin, keyFrames, publisher }: PublishedMedia,
    consumer: Consumer,
    low: boolean,
  ): void {
    if (!keyFrames || this.#transport.closer.closed) return;
    this.#earlyKeyFrames ??= new EarlyKeyFrames(() => this.#roundTrip.ms, this.#iceConnectedAt);
    const early = this.#earlyKeyFrames;
    const awaited = {
      keyFrames,
      publisherRtt: () => publisher.roundTrip.ms,
      request: () => origin.requestKeyFrame(producer, low),
    };
    early.told(awaited);
    consumer.observer.once('close', () => early.forget(awaited));
  }
}

function onceClosed(made: Consumer | DataConsumer, listener: () => void): void {
  if ('kind' in made) made.observer.once('close', listener);
  else made.observer.once('close', listener);
}
