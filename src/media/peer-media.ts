import { EventEmitter } from 'node:events';
import { canConsume } from 'mediasoup/ortc';
import type {
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
import type { Dtls, IceParameters, TransportOptions } from '../protocol/transports.ts';
import { reduceCapabilities } from './capabilities.ts';
import { ClientTransport } from './client-transport.ts';
import type { Brought } from './imports.ts';
import type { Origin } from './origin.ts';
import type { PublishedData, PublishedMedia, Publisher } from './publication.ts';
import { Receiving } from './receiving.ts';
import { RoundTrip } from './round-trip.ts';
import { type ClaimId, Sending } from './sending.ts';
import type { Subscription } from './subscription.ts';
import { openTransport } from './transport.ts';

export type Direction = 'send' | 'recv';
/** A transport for each of these directions, or one for both, as in the bundle of an SDP client. */
export type Directions = readonly Direction[] | 'bundled';

interface Environment {
  router: Router;
  /** What a client is advised to send at most, in bits per second. */
  maxIncomingBitrate: number;
  /** What a client is sent at most, in bits per second. */
  maxOutgoingBitrate: number;
  webRtcServer: WebRtcServer;
  slices: TimeSlices;
  claimId: ClaimId;
  /** Where producers of this peer are. */
  origin: Origin;
  /** Makes a producer available on the router, for one consumer. */
  bring(producer: Producer | DataProducer, origin: Origin): Promise<Brought>;
}

interface PeerMediaEvents {
  closed: [Code];
  /** The estimate of what the client's line carries has changed. */
  lineChanged: [];
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
  /** Where its producers are. */
  readonly origin: Origin;
  readonly #environment: Environment;
  readonly #router: Router;
  readonly #transports: Map<Direction, ClientTransport>;
  #sending: Sending | undefined;
  #openingSend: Promise<void> | undefined;
  readonly #receiving: Receiving | undefined;
  readonly #closer = new Closer();

  private constructor(environment: Environment, transports: Map<Direction, ClientTransport>) {
    super();
    const [send, recv] = [transports.get('send'), transports.get('recv')];
    this.origin = environment.origin;
    this.#environment = environment;
    this.#router = environment.router;
    this.#transports = transports;
    this.#sending = send && new Sending(send, environment.claimId);
    const onEstimate = () => this.emit('lineChanged');
    this.#receiving = recv && new Receiving(recv, { ...environment, onEstimate }, this.roundTrip);
    for (const [direction, { transport }] of transports) this.#watch(direction, transport);
  }

  /** Opens the transports. */
  static async open(environment: Environment, directions: Directions): Promise<PeerMedia> {
    if (directions === 'bundled') return await PeerMedia.#openBundled(environment);
    const transports = await Promise.all(
      directions.map(async (direction) => {
        const transport = await openTransport(environment);
        if (direction === 'send') advise(transport, environment.maxIncomingBitrate);
        return [direction, new ClientTransport(transport)] as const;
      }),
    );
    return new PeerMedia(environment, new Map(transports));
  }

  static async #openBundled(environment: Environment): Promise<PeerMedia> {
    const transport = await openTransport(environment);
    advise(transport, environment.maxIncomingBitrate);
    const both = new ClientTransport(transport);
    const transports = [['send', both] as const, ['recv', both] as const];
    return new PeerMedia(environment, new Map(transports));
  }

  /** Whether there is a transport that the client sends on. */
  get sends(): boolean {
    return this.#sending !== undefined;
  }

  /** Opens the transport that the client sends on, if there is none yet. Throws the code that this peer closed with. */
  async openSend(): Promise<void> {
    this.#openingSend ??= this.#openSend();
    await this.#openingSend;
  }

  /** Whether one of the transports has this id. */
  hasTransport(id: string): boolean {
    return [...this.#transports.values()].some(({ transport }) => transport.id === id);
  }

  /** Whether the worker has died, which closes everything of the room. */
  get lost(): boolean {
    return this.#router.closed;
  }

  /** What the client's line carries to it, in bits per second; undefined while it is not known. */
  get availableBitrate(): number | undefined {
    return this.#receiving?.availableBitrate;
  }

  /** How well what the client sends arrives here, and what it is sent there; undefined where nothing flows. */
  get scores(): { up: number | undefined; down: number | undefined } {
    return { up: this.#sending?.score, down: this.#receiving?.score };
  }

  /** Whether none of its transports has lost its way. One that was not used yet has none to lose. */
  get isReachable(): boolean {
    return [...this.#transports.values()].every(({ transport }) => transport.iceState !== 'disconnected');
  }

  /** The code that it closed with; undefined while it is open. */
  get closedWith(): Code | undefined {
    return this.#closer.closedWith;
  }

  /** What the client needs to make its end of a transport. Throws `not_found` where there is no such transport. */
  options(direction: Direction): TransportOptions {
    return this.#transport(direction).options;
  }

  /**
   * Gives the client's fingerprints to its transports. A transport takes them once; the same ones again change nothing,
   * so that a join can be repeated. Those for a transport that is not there are ignored. Throws `already_connected` for others.
   */
  async connect(dtls: Dtls): Promise<void> {
    const connections = (['send', 'recv'] as const).flatMap((direction) => {
      const parameters = dtls[direction];
      const transport = this.#transports.get(direction);
      if (!parameters || !transport || transport.wasConnectedWith(parameters)) return [];
      return [{ transport, parameters }];
    });
    await Promise.all(connections.map(({ transport, parameters }) => transport.connect(parameters)));
  }

  async restartIce(direction: Direction): Promise<IceParameters> {
    return await this.#transport(direction).restartIce();
  }

  /** The bytes of media and data that the client has sent. */
  async receivedBytes(): Promise<number> {
    return await this.#sends().receivedBytes();
  }

  /** Throws `id_taken`, `invalid_media`, or the code that this peer closed with. */
  async produce(params: Parameters<Sending['produce']>[1]): Promise<PublishedMedia> {
    return await this.#sends().produce(this, params);
  }

  /** Pauses or resumes one of its producers. Throws `not_found`, or the code that this peer closed with. */
  async setPaused(producer: Producer, paused: boolean): Promise<void> {
    await this.#sends().setPaused(producer, paused);
  }

  /** Throws `id_taken`, `invalid_media`, or the code that this peer closed with. */
  async produceData(params: Parameters<Sending['produceData']>[0]): Promise<DataProducer> {
    return await this.#sends().produceData(params);
  }

  /** What of a client's capabilities is of use here: they are copied for each consumer. */
  usable(rtpCapabilities: RtpCapabilities): RtpCapabilities {
    return reduceCapabilities(rtpCapabilities, this.#router.rtpCapabilities);
  }

  /** Whether the client has a codec for it. */
  canConsume({ consumableRtpParameters }: Producer, rtpCapabilities: RtpCapabilities): boolean {
    return canConsume(consumableRtpParameters, structuredClone(rtpCapabilities)); // it writes defaults into what it is given
  }

  /**
   * Receives a producer that `canConsume` allows. It is paused until its receiver is ready.
   *
   * @param mid the section of a description that it is sent in; mediasoup's choice by default
   */
  async consume(
    published: PublishedMedia,
    rtpCapabilities: RtpCapabilities,
    mid?: string,
  ): Promise<Subscription> {
    return await this.#receives().consume(published, rtpCapabilities, mid);
  }

  async consumeData(published: PublishedData): Promise<DataConsumer> {
    return await this.#receives().consumeData(published);
  }

  /** Throws `not_found`. */
  subscription(consumerId: string): Subscription {
    return this.#receives().subscription(consumerId);
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    for (const transport of this.#transports.values()) transport.close(code);
    this.emit('closed', code);
  }

  async #openSend(): Promise<void> {
    if (this.#sending) return;
    const opening = openTransport(this.#environment).then((transport) => new ClientTransport(transport));
    const send = await this.#closer.adopt(opening);
    advise(send.transport, this.#environment.maxIncomingBitrate);
    this.#transports.set('send', send);
    this.#sending = new Sending(send, this.#environment.claimId);
    this.#watch('send', send.transport);
  }

  #watch(direction: Direction, transport: WebRtcTransport): void {
    transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') this.emit('connected', direction);
      if (state === 'closed') this.emit('disconnected', direction, 'left');
      if (state === 'failed') this.emit('disconnected', direction, 'connection_lost');
    });
    transport.on('icestatechange', (state) => {
      if (state === 'disconnected') this.emit('disconnected', direction, 'connection_lost');
    });
  }

  #transport(direction: Direction): ClientTransport {
    const transport = this.#transports.get(direction);
    if (!transport) throw noTransport(direction);
    return transport;
  }

  #sends(): Sending {
    if (!this.#sending) throw noTransport('send');
    return this.#sending;
  }

  #receives(): Receiving {
    if (!this.#receiving) throw noTransport('recv');
    return this.#receiving;
  }
}

function noTransport(direction: Direction): AppError {
  return new AppError('not_found', `there is no transport to ${direction}`);
}

/** Tells the client's congestion control how much to send (REMB). Nobody waits for it. */
function advise(transport: WebRtcTransport, maxBitrate: number): void {
  transport.setMaxIncomingBitrate(maxBitrate).catch(() => {}); // it closed meanwhile
}
