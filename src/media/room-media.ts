import { EventEmitter } from 'node:events';
import type { Producer, TransportListenInfo, Worker } from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import type { Code } from '../protocol/codes.ts';
import { EgressRouters, type RouterPlan } from './egress-routers.ts';
import type { Origin } from './origin.ts';
import type { Directions, PeerMedia } from './peer-media.ts';
import { PipeLinks } from './pipe-links.ts';
import { RoomRouter, type RouterOptions } from './room-router.ts';
import { RoomSpeakers } from './room-speakers.ts';
import type { Speakers } from './speakers.ts';
import type { WorkerLease } from './workers.ts';

/** Where a room finds its workers: the `WorkerPool`. */
export interface Workers {
  /** A place on a worker, for so many peers at first. */
  lease(peers: number): Promise<WorkerLease>;
  /** A place on a worker that is none of these, if there is one with fewer consumers. */
  leaseSpare(used: ReadonlySet<Worker>, maxConsumers: number): WorkerLease | undefined;
}

export interface RoomMediaOptions {
  workers: Workers;
  /** Where pipes between the workers listen. */
  pipes: TransportListenInfo;
  /** Peers that come when a worker has so many consumers go to another worker. */
  maxConsumersPerWorker: number;
  /** Those of the node. */
  slices: TimeSlices;
  /** What a client is advised to send at most, in bits per second. */
  maxIncomingBitrate: number;
  /** What a client is sent at most, in bits per second. */
  maxOutgoingBitrate: number;
}

/**
 * The media of one room for as long as the room exists: routers of its own, so that nothing crosses from one room to
 * another. It has one router at first, and one more on another worker when a worker is full; what is published on one is
 * carried to the others as long as somebody there receives it. When a router is lost with its worker, its peers get
 * transports on one that lives, or on a new one.
 */
export class RoomMedia extends EventEmitter<{ speakersChanged: [Speakers] }> {
  readonly #options: RoomMediaOptions;
  readonly #closer = new Closer();
  /** Ids of producers and data producers. Clients choose them: an id means one thing in a room, and nothing outside. */
  readonly #ids = new Set<string>();
  /** In the order in which they were opened. */
  readonly #routers = new Set<RoomRouter>();
  readonly #links: PipeLinks;
  readonly #egress: EgressRouters;
  readonly #speakers = new RoomSpeakers();
  /** A router that is being opened. */
  #opening: Promise<RoomRouter> | undefined;
  /** For how many peers the next router is opened: after a loss they all come at once. */
  #expectedPeers = 1;

  private constructor(options: RoomMediaOptions) {
    super();
    this.#options = options;
    this.#links = new PipeLinks(options.pipes);
    this.#egress = new EgressRouters({ lease: () => options.workers.lease(1), links: this.#links });
    this.#speakers.on('changed', (speakers) => this.emit('speakersChanged', speakers));
  }

  /** Opens the first router. Throws why there is none. */
  static async open(options: RoomMediaOptions): Promise<RoomMedia> {
    const media = new RoomMedia(options);
    while (!media.#chooseRouter()) await media.#opened();
    return media;
  }

  /** How many routers it has at this moment. */
  get routers(): number {
    return this.#routers.size;
  }

  /**
   * The transports of a peer, on a living router. Waits for another router when one is lost meanwhile.
   * Throws the code that the room closed with, or why no router could be opened.
   */
  async openPeer(directions: Directions = ['send', 'recv']): Promise<PeerMedia> {
    for (;;) {
      this.#closer.assertOpen();
      const router = this.#chooseRouter();
      if (!router) {
        await this.#opened();
        continue;
      }
      try {
        return await this.#closer.adopt(router.openPeer(directions, this.#routerOptions()));
      } catch (error) {
        if (!isLost(error) || this.#closer.closed) throw error;
      }
    }
  }

  /**
   * The transport of a player, on a router that sends with its payload types. Throws the code that the room closed with, or why
   * there is no such router.
   */
  async openPlayer(plan: RouterPlan): Promise<PeerMedia> {
    for (;;) {
      const router = await this.#closer.wait(this.#egress.get(plan));
      // It closes with its last player, which may just have left.
      if (!router.closed) return await this.#closer.adopt(router.openPeer(['recv'], this.#routerOptions()));
    }
  }

  /** Measures how loud a microphone is. */
  observe({ producer, origin }: { producer: Producer; origin: Origin }): void {
    origin.observe(producer);
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    for (const router of this.#routers) router.close(code);
    this.#routers.clear();
    this.#egress.close(code);
    this.#speakers.close();
    this.removeAllListeners();
  }

  /**
   * The first router whose worker is not full, or the one with the least to do where no other worker takes the room.
   * Undefined while another router is being opened.
   */
  #chooseRouter(): RoomRouter | undefined {
    const loads = [...this.#routers].map((router) => {
      return { router, load: router.expectedConsumers(this.#ids.size) };
    });
    const free = loads.find(({ load }) => load < this.#options.maxConsumersPerWorker);
    if (free) return free.router;
    this.#opening ??= this.#openAnother();
    if (this.#opening) return undefined;
    return loads.toSorted((a, b) => a.load - b.load)[0]?.router;
  }

  /** Undefined where the room has routers, and no other worker takes it. */
  #openAnother(): Promise<RoomRouter> | undefined {
    const { workers, maxConsumersPerWorker } = this.#options;
    if (this.#routers.size === 0) return this.#open(workers.lease(this.#expectedPeers));
    const used = new Set([...this.#routers].map(({ worker }) => worker));
    const lease = workers.leaseSpare(used, maxConsumersPerWorker);
    return lease && this.#open(Promise.resolve(lease));
  }

  /** Resolves when the router that is being opened is there, or was lost. Throws why it could not be opened. */
  async #opened(): Promise<void> {
    try {
      if (this.#opening) await this.#closer.wait(this.#opening);
    } catch (error) {
      if (!isLost(error) || this.#closer.closed) throw error;
    }
  }

  #open(lease: Promise<WorkerLease>): Promise<RoomRouter> {
    const opening = this.#closer.adopt(lease.then((taken) => RoomRouter.open(taken, this.#links)));
    const settled = () => {
      this.#opening = undefined;
    };
    opening.then((router) => {
      settled();
      this.#add(router);
    }, settled);
    return opening;
  }

  #add(router: RoomRouter): void {
    if (this.#closer.closedWith) router.close(this.#closer.closedWith);
    if (router.closed) return;
    this.#routers.add(router);
    this.#speakers.add(router.speakers);
    router.once('lost', (peers) => {
      this.#expectedPeers = peers;
      this.#remove(router);
    });
    router.on('emptied', () => {
      if (this.#routers.size === 1) return;
      this.#remove(router);
      router.close('left');
    });
  }

  #remove(router: RoomRouter): void {
    this.#routers.delete(router);
    this.#speakers.remove(router.speakers);
  }

  #routerOptions(): RouterOptions {
    const { slices, maxIncomingBitrate, maxOutgoingBitrate } = this.#options;
    return { slices, maxIncomingBitrate, maxOutgoingBitrate, claimId: (id) => this.#claimId(id) };
  }

  #claimId(id: string): (() => void) | undefined {
    if (this.#ids.has(id)) return undefined;
    this.#ids.add(id);
    return () => void this.#ids.delete(id);
  }
}

function isLost(error: unknown): boolean {
  return error instanceof AppError && error.code === 'media_lost';
}
