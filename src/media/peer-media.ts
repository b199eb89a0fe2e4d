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
import type { Code } from '../protocol/codes.ts';
import { KIND_OF_SOURCE, type Source } from '../protocol/grants.ts';
import type {
  Dtls,
  DtlsParameters,
  IceParameters,
  RtpParameters,
  SctpStreamParameters,
  TransportOptions,
} from '../protocol/media.ts';
import type { Reliability } from '../protocol/model.ts';
import { EarlyKeyFrames } from './early-key-frame.ts';
import { KEY_FRAME_REQUEST_INTERVAL_MS, KeyFrames } from './key-frames.ts';
import { LOWEST } from './layers.ts';
import { refusable } from './refusals.ts';
import { RoundTrip } from './round-trip.ts';
import { Subscription } from './subscription.ts';
import { openTransport, optionsOf } from './transport.ts';

export type Direction = 'send' | 'recv';

/** A producer, and what the others need to know to receive it well. */
export interface Published {
  /** The id that its client gave it, which means something in this room alone; mediasoup has one of its own. */
  readonly id: string;
  readonly source: Source;
  readonly producer: Producer;
  readonly keyFrames: KeyFrames | undefined;
  /** The media of the peer that sends it. */
  readonly publisher: PeerMedia;
  /** When it was published, by `performance.now()`. */
  readonly at: number;
}

interface Environment {
  router: Router;
  webRtcServer: WebRtcServer;
  /** Takes an id for a producer; undefined if it is in use in the room. */
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

/**
 * The media of one peer: a transport that the browser sends on, one that it receives on, and what flows there.
 * Everything here closes with it, and what arrives after that is closed as it comes.
 */
export class PeerMedia extends EventEmitter<{ closed: [Code] }> {
  /** To the browser and back. */
  readonly roundTrip = new RoundTrip();
  readonly #environment: Environment;
  readonly #transports: Record<Direction, WebRtcTransport>;
  readonly #connected = new Set<Direction>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #earlyKeyFrames = new EarlyKeyFrames(() => this.roundTrip.ms);
  readonly #closer = new Closer();

  private constructor(environment: Environment, send: WebRtcTransport, recv: WebRtcTransport) {
    super();
    this.#environment = environment;
    this.#transports = { send, recv };
    recv.on('icestatechange', (state) => {
      if (state === 'connected') this.#earlyKeyFrames.iceConnected();
    });
    recv.on('dtlsstatechange', (state) => {
      if (state !== 'connected') return;
      for (const subscription of this.#subscriptions.values()) subscription.proceed();
    });
  }

  static async open(environment: Environment): Promise<PeerMedia> {
    const [send, recv] = await Promise.all([openTransport(environment), openTransport(environment)]);
    return new PeerMedia(environment, send, recv);
  }

  /** Whether the worker has died, which closes everything of the room. */
  get lost(): boolean {
    return this.#environment.router.closed;
  }

  /** What the browser needs to make its end of a transport. */
  options(direction: Direction): TransportOptions {
    return optionsOf(this.#transports[direction]);
  }

  /** Gives the browser's fingerprints to its transports. A transport takes them once. */
  async connect(dtls: Dtls): Promise<void> {
    const given = (['send', 'recv'] as const).flatMap((direction) => {
      const parameters = dtls[direction];
      return parameters ? [{ direction, parameters }] : [];
    });
    if (given.some(({ direction }) => this.#connected.has(direction)))
      throw new AppError('already_connected');
    await Promise.all(given.map(({ direction, parameters }) => this.#connect(direction, parameters)));
  }

  async restartIce(direction: Direction): Promise<IceParameters> {
    return await this.#closer.wait(this.#transports[direction].restartIce());
  }

  /** Throws `id_taken`, `invalid_media`, or the code that this peer closed with. */
  async produce(params: {
    id: string;
    source: Source;
    rtpParameters: RtpParameters;
    paused: boolean;
  }): Promise<Published> {
    const { id, source, rtpParameters, paused } = params;
    const producer = await this.#claimed(id, () =>
      this.#transports.send.produce({
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
    const sctpStreamParameters = { streamId, ...DELIVERY[reliability] };
    return await this.#claimed(id, () =>
      this.#transports.send.produceData({ label: reliability, sctpStreamParameters }),
    );
  }

  /** Undefined where the browser has no codec for it. It is paused until its receiver is ready. */
  async consume(published: Published, rtpCapabilities: RtpCapabilities): Promise<Subscription | undefined> {
    const producerId = published.producer.id;
    if (!this.#environment.router.canConsume({ producerId, rtpCapabilities })) return undefined;
    const low = performance.now() - published.at < UNSTEADY_MS;
    const options = { producerId, rtpCapabilities, paused: true, ...(low && { preferredLayers: LOWEST }) };
    const consumer = await this.#closer.adopt(refusable(() => this.#transports.recv.consume(options)));
    const isConnected = () => this.#transports.recv.dtlsState === 'connected';
    const subscription = new Subscription(consumer, { isConnected, keyFrames: published.keyFrames, low });
    this.#subscriptions.set(consumer.id, subscription);
    consumer.observer.once('close', () => this.#subscriptions.delete(consumer.id));
    this.#expectKeyFrame(published, consumer, low);
    return subscription;
  }

  async consumeData(dataProducerId: string): Promise<DataConsumer> {
    return await this.#closer.adopt(refusable(() => this.#transports.recv.consumeData({ dataProducerId })));
  }

  /** Throws `not_found`. */
  subscription(consumerId: string): Subscription {
    const subscription = this.#subscriptions.get(consumerId);
    if (!subscription) throw new AppError('not_found', 'there is no such consumer');
    return subscription;
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    this.#earlyKeyFrames.close();
    this.#transports.send.close();
    this.#transports.recv.close();
    this.emit('closed', code);
  }

  async #connect(direction: Direction, dtlsParameters: DtlsParameters): Promise<void> {
    this.#connected.add(direction);
    try {
      await this.#closer.wait(refusable(() => this.#transports[direction].connect({ dtlsParameters })));
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

  #expectKeyFrame({ producer, keyFrames, publisher }: Published, consumer: Consumer, low: boolean): void {
    if (!keyFrames) return;
    const awaited = {
      keyFrames,
      publisherRtt: () => publisher.roundTrip.ms,
      request: () => this.#environment.requestKeyFrame(producer, low),
    };
    this.#earlyKeyFrames.told(awaited);
    consumer.observer.once('close', () => this.#earlyKeyFrames.forget(awaited));
  }
}

function onceClosed(made: Producer | DataProducer, listener: () => void): void {
  if ('kind' in made) made.observer.once('close', listener);
  else made.observer.once('close', listener);
}
