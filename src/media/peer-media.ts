import { EventEmitter } from 'node:events';
import type {
  Consumer,
  DataConsumer,
  DataProducer,
  Producer,
  Router,
  RtpCapabilities,
  WebRtcServer,
  WebRtcTransport,
} from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import type { Code } from '../protocol/codes.ts';
import { KIND_OF_SOURCE, type Source } from '../protocol/grants.ts';
import type { RtpParameters } from '../protocol/media.ts';
import type { Reliability } from '../protocol/model.ts';
import type {
  Dtls,
  DtlsParameters,
  IceParameters,
  SctpStreamParameters,
  TransportOptions,
} from '../protocol/transports.ts';
import { assertCodecsTaken, reduceCapabilities } from './capabilities.ts';
import { ROUTER_CAPABILITIES } from './codecs.ts';
import { EarlyKeyFrames } from './early-key-frame.ts';
import { KEY_FRAME_REQUEST_INTERVAL_MS, KeyFrames } from './key-frames.ts';
import { LOWEST } from './layers.ts';
import type { PublishedMedia, Publisher } from './publication.ts';
import { refusable } from './refusals.ts';
import { RoundTrip } from './round-trip.ts';
import { Subscription } from './subscription.ts';
import { openTransport, optionsOf } from './transport.ts';

export type Direction = 'send' | 'recv';

interface Environment {
  router: Router;
  /** What a client is advised to send at most, in bits per second. */
  maxIncomingBitrate: number;
  webRtcServer: WebRtcServer;
  /** Consumers are made in slices, as a large join makes hundreds at once. */
  slices: TimeSlices;
  /** Takes an id for a producer; undefined if the room uses it already. */
  claimId(id: string): (() => void) | undefined;
  /** Asks the sender of a producer for a key frame at once, of the lowest or the highest of its layers. */
  requestKeyFrame(producer: Producer, low: boolean): void;
}

/**
 * For so long after it begins, a browser that measures its bandwidth may stop the upper layers of a video again, in
 * milliseconds. The worker would wait for their key frames until it notices, which takes it up to two seconds.
 */
const UNSTEADY_MS = 4000;
/**
 * RFC 8831 section 6.4. mediasoup's worker takes 0 retransmissions for none given, which would be all that are needed.
 */
const DELIVERY = {
  reliable: { ordered: true },
  lossy: { ordered: false, maxRetransmits: 1 },
} as const satisfies Record<Reliability, Omit<SctpStreamParameters, 'streamId'>>;

type TransportMap = ReadonlyMap<Direction, WebRtcTransport>;

interface PeerMediaEvents {
  closed: [Code];
  /** ICE and DTLS are up. */
  connected: [Direction];
  /**
   * The client has ended DTLS (`left`), or its ICE consent has expired: nothing was heard of it for 30 seconds
   * (`connection_lost`). An ICE restart may bring it back in the second case.
   */
  disconnected: [Direction, 'left' | 'connection_lost'];
}

/**
 * The media of one peer: the transport that its client sends on, the one that it receives on, and what flows there.
 * Everything here closes with it, and whatever arrives after that is closed on arrival.
 */
export class PeerMedia extends EventEmitter<PeerMediaEvents> implements Publisher {
  /** To the client and back. */
  readonly roundTrip = new RoundTrip();
  readonly #environment: Environment;
  readonly #transports: TransportMap;
  /** The DTLS parameters that each transport was connected with, as JSON. */
  readonly #connected = new Map<Direction, string>();
  readonly #subscriptions = new Map<string, Subscription>();
  /** When the ICE of the transport that the client receives on came up. */
  #iceConnectedAt: number | undefined;
  /** There once the client was told of a video. */
  #earlyKeyFrames: EarlyKeyFrames | undefined;
  readonly #closer = new Closer();

  private constructor(environment: Environment, transports: TransportMap) {
    super();
    this.#environment = environment;
    this.#transports = transports;
    for (const [direction, transport] of transports) this.#watch(direction, transport);
  }

  /** Opens a transport for each direction. */
  static async open(environment: Environment, directions: readonly Direction[]): Promise<PeerMedia> {
    const transports = await Promise.all(
      directions.map(async (direction) => {
        const transport = await openTransport(environment);
        if (direction === 'send') advise(transport, environment.maxIncomingBitrate);
        return [direction, transport] as const;
      }),
    );
    return new PeerMedia(environment, new Map(transports));
  }

  /** Whether the worker has died, which closes everything of the room. */
  get lost(): boolean {
    return this.#environment.router.closed;
  }

  /** The code that it closed with; undefined while it is open. */
  get closedWith(): Code | undefined {
    return this.#closer.closedWith;
  }

  /** What the client needs to make its end of a transport. Throws `not_found` where there is no such transport. */
  options(direction: Direction): TransportOptions {
    return optionsOf(this.#transport(direction));
  }

  /**
   * Gives the client's fingerprints to its transports. A transport takes them once; the same ones again change nothing,
   * so that a join can be repeated. Throws `already_connected` for others.
   */
  async connect(dtls: Dtls): Promise<void> {
    const given = (['send', 'recv'] as const).flatMap((direction) => {
      const parameters = dtls[direction];
      return parameters && !this.#isConnectedWith(direction, parameters) ? [{ direction, parameters }] : [];
    });
    await Promise.all(given.map(({ direction, parameters }) => this.#connect(direction, parameters)));
  }

  async restartIce(direction: Direction): Promise<IceParameters> {
    return await this.#closer.wait(this.#transport(direction).restartIce());
  }

  /** The bytes of media and data that the client has sent. */
  async receivedBytes(): Promise<number> {
    const stats = await this.#closer.wait(this.#transport('send').getStats());
    return stats.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);
  }

  /** Throws `id_taken`, `invalid_media`, or the code that this peer closed with. */
  async produce(params: {
    id: string;
    source: Source;
    rtpParameters: RtpParameters;
    paused: boolean;
  }): Promise<PublishedMedia> {
    const { id, source, rtpParameters, paused } = params;
    const send = this.#transport('send');
    assertCodecsTaken(rtpParameters, ROUTER_CAPABILITIES);
    const producer = await this.#claimed(id, () =>
      send.produce({
        kind: KIND_OF_SOURCE[source],
        rtpParameters,
        paused,
        keyFrameRequestDelay: KEY_FRAME_REQUEST_INTERVAL_MS,
      }),
    );
    const keyFrames = await this.#closer.wait(KeyFrames.watch(producer));
    return { id, source, producer, keyFrames, publisher: this, at: performance.now() };
  }

  /** Pauses or resumes one of its producers. Throws `not_found`, or the code that this peer closed with. */
  async setPaused(producer: Producer, paused: boolean): Promise<void> {
    try {
      await this.#closer.wait(paused ? producer.pause() : producer.resume());
    } catch (error) {
      if (!producer.closed || error instanceof AppError) throw error;
      throw new AppError('not_found', 'this producer was closed meanwhile');
    }
  }

  /** Throws `id_taken`, `invalid_media`, or the code that this peer closed with. */
  async produceData(params: {
    id: string;
    reliability: Reliability;
    streamId: number;
  }): Promise<DataProducer> {
    const { id, reliability, streamId } = params;
    const send = this.#transport('send');
    const sctpStreamParameters = { streamId, ...DELIVERY[reliability] };
    return await this.#claimed(id, () => send.produceData({ label: reliability, sctpStreamParameters }));
  }

  /** What of a client's capabilities is of use here: they are copied for each consumer. */
  usable(rtpCapabilities: RtpCapabilities): RtpCapabilities {
    return reduceCapabilities(rtpCapabilities, this.#environment.router.rtpCapabilities);
  }

  /** Whether the client has a codec for it. */
  canConsume({ id: producerId }: Producer, rtpCapabilities: RtpCapabilities): boolean {
    return this.#environment.router.canConsume({ producerId, rtpCapabilities });
  }

  /** Receives a producer that `canConsume` allows. It is paused until its receiver is ready. */
  async consume(published: PublishedMedia, rtpCapabilities: RtpCapabilities): Promise<Subscription> {
    const { slices } = this.#environment;
    const recv = this.#transport('recv');
    const producerId = published.producer.id;
    const low = performance.now() - published.at < UNSTEADY_MS;
    const options = { producerId, rtpCapabilities, paused: true, ...(low && { preferredLayers: LOWEST }) };
    const consumer = await this.#closer.adopt(refusable(() => slices.run(() => recv.consume(options))));
    const isConnected = () => recv.dtlsState === 'connected';
    const subscription = new Subscription(consumer, { isConnected, keyFrames: published.keyFrames, low });
    this.#subscriptions.set(consumer.id, subscription);
    consumer.observer.once('close', () => this.#subscriptions.delete(consumer.id));
    this.#expectKeyFrame(published, consumer, low);
    return subscription;
  }

  async consumeData(dataProducerId: string): Promise<DataConsumer> {
    const recv = this.#transport('recv');
    return await this.#closer.adopt(refusable(() => recv.consumeData({ dataProducerId })));
  }

  /** Throws `not_found`. */
  subscription(consumerId: string): Subscription {
    const subscription = this.#subscriptions.get(consumerId);
    if (!subscription) throw new AppError('not_found', 'there is no such consumer');
    return subscription;
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    this.#earlyKeyFrames?.close();
    for (const transport of this.#transports.values()) transport.close();
    this.emit('closed', code);
  }

  #watch(direction: Direction, transport: WebRtcTransport): void {
    transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') this.#dtlsConnected(direction);
      if (state === 'closed') this.emit('disconnected', direction, 'left');
      if (state === 'failed') this.emit('disconnected', direction, 'connection_lost');
    });
    transport.on('icestatechange', (state) => {
      if (state === 'connected' && direction === 'recv') this.#iceConnected();
      if (state === 'disconnected') this.emit('disconnected', direction, 'connection_lost');
    });
  }

  #dtlsConnected(direction: Direction): void {
    this.emit('connected', direction);
    if (direction !== 'recv') return;
    for (const subscription of this.#subscriptions.values()) subscription.proceed();
  }

  #iceConnected(): void {
    this.#iceConnectedAt ??= performance.now();
    this.#earlyKeyFrames?.iceConnected(this.#iceConnectedAt);
  }

  #transport(direction: Direction): WebRtcTransport {
    const transport = this.#transports.get(direction);
    if (!transport) throw new AppError('not_found', `there is no transport to ${direction}`);
    return transport;
  }

  #isConnectedWith(direction: Direction, parameters: DtlsParameters): boolean {
    const connected = this.#connected.get(direction);
    if (!connected) return false;
    if (connected === JSON.stringify(parameters)) return true;
    throw new AppError('already_connected');
  }

  async #connect(direction: Direction, dtlsParameters: DtlsParameters): Promise<void> {
    const transport = this.#transport(direction);
    this.#connected.set(direction, JSON.stringify(dtlsParameters)); // mediasoup may change what it is given
    try {
      await this.#closer.wait(refusable(() => transport.connect({ dtlsParameters })));
    } catch (error) {
      this.#connected.delete(direction);
      throw error;
    }
  }

  /** Claims the id, makes what bears it, and gives the id free when that closes or was refused. */
  async #claimed<T extends Producer | DataProducer>(id: string, make: () => Promise<T>): Promise<T> {
    this.#closer.assertOpen();
    const release = this.#environment.claimId(id);
    if (!release) throw new AppError('id_taken');
    try {
      const made = await this.#closer.adopt(refusable(make));
      onceClosed(made, release);
      return made;
    } catch (error) {
      release();
      throw error;
    }
  }

  #expectKeyFrame(
    { producer, keyFrames, publisher }: PublishedMedia,
    consumer: Consumer,
    low: boolean,
  ): void {
    if (!keyFrames || this.#closer.closed) return;
    const early = this.#expectKeyFrames();
    const awaited = {
      keyFrames,
      publisherRtt: () => publisher.roundTrip.ms,
      request: () => this.#environment.requestKeyFrame(producer, low),
    };
    early.told(awaited);
    consumer.observer.once('close', () => early.forget(awaited));
  }

  #expectKeyFrames(): EarlyKeyFrames {
    this.#earlyKeyFrames ??= new EarlyKeyFrames(() => this.roundTrip.ms, this.#iceConnectedAt);
    return this.#earlyKeyFrames;
  }
}

/** Tells the client's congestion control how much to send (REMB). Nobody waits for it. */
function advise(transport: WebRtcTransport, maxBitrate: number): void {
  transport.setMaxIncomingBitrate(maxBitrate).catch(() => {}); // it closed meanwhile
}

function onceClosed(made: Producer | DataProducer, listener: () => void): void {
  if ('kind' in made) made.observer.once('close', listener);
  else made.observer.once('close', listener);
}
