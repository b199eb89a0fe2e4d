import { EventEmitter } from 'node:events';
import type {
  DataProducer,
  DirectTransport,
  Producer,
  Router,
  RouterRtpCodecCapability,
  Worker,
} from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import type { Code } from '../protocol/codes.ts';
import { MEDIA_CODECS } from './codecs.ts';
import { Gate } from './gate.ts';
import { type Brought, Imports } from './imports.ts';
import { LOWEST } from './layers.ts';
import type { Carried, Origin } from './origin.ts';
import { type Directions, PeerMedia } from './peer-media.ts';
import type { PipeLinks } from './pipe-links.ts';
import type { ClaimId } from './sending.ts';
import { SpeakerObserver } from './speakers.ts';
import type { WorkerLease } from './workers.ts';

/** What routers share with the rest of their room and of the node. */
export interface RouterOptions {
  claimId: ClaimId;
  slices: TimeSlices;
  /** What a client is advised to send at most, in bits per second. */
  maxIncomingBitrate: number;
  /** What a client is sent at most, in bits per second. */
  maxOutgoingBitrate: number;
}

interface RoomRouterEvents {
  /** Its worker has died; it had so many peers. */
  lost: [peers: number];
  /** Its last peer has closed. */
  emptied: [];
}

/** What a peer that receives nothing yet is expected to receive at least. */
const MIN_EXPECTED_CONSUMERS = 2;

/** One mediasoup router of a room, on one worker, and the transports of the peers that it serves. */
export class RoomRouter extends EventEmitter<RoomRouterEvents> implements Origin {
  readonly speakers: SpeakerObserver;
  readonly #router: Router;
  readonly #direct: DirectTransport;
  readonly #lease: WorkerLease;
  readonly #links: PipeLinks;
  readonly #imports = new Imports();
  readonly #gates = new Map<Producer | DataProducer, Gate>();
  readonly #closer = new Closer();
  readonly #peers = new Set<PeerMedia>();
  /** Peers whose transports are being opened. */
  #opening = 0;
  /** How many producers each peer consumes; peers that consume none are not in it. */
  readonly #consumers = new Map<object, number>();

  private constructor(
    lease: WorkerLease,
    links: PipeLinks,
    parts: { router: Router; direct: DirectTransport; speakers: SpeakerObserver },
  ) {
    super();
    this.#lease = lease;
    this.#links = links;
    this.#router = parts.router;
    this.#direct = parts.direct;
    this.speakers = parts.speakers;
    this.#router.on('workerclose', () => {
      const peers = this.#peers.size;
      this.close('media_lost');
      this.emit('lost', peers);
    });
  }

  /**
   * Takes over the lease, and releases it when it closes or cannot open. Throws `media_lost` if the worker dies.
   * @param links those of its room, to other routers
   * @param mediaCodecs other codecs, or other payload types, than routers of rooms have
   */
  static async open(
    lease: WorkerLease,
    links: PipeLinks,
    mediaCodecs: readonly RouterRtpCodecCapability[] = MEDIA_CODECS,
  ): Promise<RoomRouter> {
    try {
      return await RoomRouter.#open(lease, links, mediaCodecs);
    } catch (error) {
      lease.release();
      throw lease.worker.closed ? new AppError('media_lost', undefined, { cause: error }) : error;
    }
  }

  static async #open(
    lease: WorkerLease,
    links: PipeLinks,
    mediaCodecs: readonly RouterRtpCodecCapability[],
  ): Promise<RoomRouter> {
    const router = await lease.worker.createRouter({ mediaCodecs: [...mediaCodecs] });
    try {
      const [direct, speakers] = await Promise.all([
        router.createDirectTransport(),
        SpeakerObserver.open(router),
      ]);
      return new RoomRouter(lease, links, { router, direct, speakers });
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closer.closed;
  }

  get worker(): Worker {
    return this.#lease.worker;
  }

  /** How many producers it has from other routers. */
  get imports(): number {
    return this.#imports.size;
  }

  /**
   * How many consumers its worker will have when all peers here receive what those who already do receive on average.
   * @param published how many producers the room has, for a router on which nobody receives yet
   */
  expectedConsumers(published: number): number {
    const consumers = [...this.#consumers.values()].reduce((sum, count) => sum + count, 0);
    const average = this.#consumers.size > 0 ? consumers / this.#consumers.size : published;
    const waiting = this.#peers.size + this.#opening - this.#consumers.size;
    return this.#lease.workerConsumers + waiting * Math.max(average, MIN_EXPECTED_CONSUMERS);
  }

  /** The transports of a peer. Throws the code that this router closed with. */
  async openPeer(directions: Directions, options: RouterOptions): Promise<PeerMedia> {
    this.#closer.assertOpen();
    const self = {};
    const environment = {
      ...options,
      router: this.#router,
      webRtcServer: this.#lease.webRtcServer,
      origin: this,
      bring: (producer: Producer | DataProducer, origin: Origin) => this.#bring(self, producer, origin),
    };
    this.#opening++;
    try {
      const peer = await this.#closer.adopt(PeerMedia.open(environment, directions));
      this.#add(peer);
      return peer;
    } finally {
      this.#opening--;
    }
  }

  async carry(producer: Producer | DataProducer, to: Router): Promise<Carried> {
    return await this.#links.carry(producer, this.#router, to, this.#gates.get(producer));
  }

  addGate(producer: Producer): void {
    if (producer.closed || this.#gates.has(producer)) return;
    this.#gates.set(producer, new Gate());
    producer.observer.once('close', () => this.#gates.delete(producer));
  }

  hasGate(producer: Producer | DataProducer): boolean {
    return this.#gates.has(producer);
  }

  setGate(producer: Producer, isOpen: boolean): void {
    this.#gates.get(producer)?.set(isOpen);
  }

  observe(producer: Producer): void {
    this.speakers.add(producer).catch(() => {}); // it closed meanwhile
  }

  /**
   * A consumer on a transport that is not connected yet cannot ask; one on a direct transport, which is always connected,
   * asks the moment it is made. It asks for the layer that those who wait will ask for: the worker limits the rate of
   * requests for each layer, and encoders limit it for all layers together.
   */
  requestKeyFrame(producer: Producer, low: boolean): void {
    if (producer.closed || this.#closer.closed) return;
    const { rtpCapabilities } = this.#router;
    const layers = low ? { preferredLayers: LOWEST } : {};
    this.#direct.consume({ producerId: producer.id, rtpCapabilities, ...layers }).then(
      (consumer) => consumer.close(),
      () => {}, // the producer closed meanwhile
    );
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    for (const peer of this.#peers) peer.close(code);
    this.#router.close();
    this.#lease.release();
    this.speakers.removeAllListeners();
  }

  #add(peer: PeerMedia): void {
    this.#peers.add(peer);
    this.#lease.peers = Math.max(this.#lease.peers, this.#peers.size);
    peer.once('closed', () => {
      this.#peers.delete(peer);
      this.#lease.peers = this.#peers.size;
      if (this.#peers.size + this.#opening === 0 && !this.closed) this.emit('emptied');
    });
  }

  /** Makes a producer available here for a consumer of a peer, and counts that consumer until it releases it. */
  async #bring(peer: object, producer: Producer | DataProducer, origin: Origin): Promise<Brought> {
    const brought =
      origin === this && !this.hasGate(producer)
        ? { id: producer.id, release: () => {} }
        : await this.#imports.take(producer, () => origin.carry(producer, this.#router));
    this.#count(peer, 1);
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#count(peer, -1);
      brought.release();
    };
    return { id: brought.id, release };
  }

  #count(peer: object, change: number): void {
    const count = (this.#consumers.get(peer) ?? 0) + change;
    if (count > 0) this.#consumers.set(peer, count);
    else this.#consumers.delete(peer);
    this.#lease.consumers += change;
  }
}
