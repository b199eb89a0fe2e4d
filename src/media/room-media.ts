import { EventEmitter } from 'node:events';
import type { Producer } from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import type { Code } from '../protocol/codes.ts';
import type { Direction, PeerMedia } from './peer-media.ts';
import { RoomRouter } from './room-router.ts';
import type { Speakers } from './speakers.ts';
import type { WorkerLease } from './workers.ts';

export interface RoomMediaOptions {
  /** A place on a worker, for so many peers at first. */
  leaseWorker: (peers: number) => Promise<WorkerLease>;
  /** Those of the node. */
  slices: TimeSlices;
  /** What a client is advised to send at most, in bits per second. */
  maxIncomingBitrate: number;
  /** What a client is sent at most, in bits per second. */
  maxOutgoingBitrate: number;
}

/**
 * The media of one room for as long as the room exists: routers of its own, so that nothing crosses from one room to
 * another. When a router is lost with its worker, the next peer that needs one gets another on a living worker.
 */
export class RoomMedia extends EventEmitter<{ speakersChanged: [Speakers] }> {
  readonly #options: RoomMediaOptions;
  readonly #closer = new Closer();
  /** Ids of producers and data producers. Clients choose them: an id means one thing in a room, and nothing outside. */
  readonly #ids = new Set<string>();
  /** The router that serves new peers, or that is being opened. */
  #router: Promise<RoomRouter> | undefined;
  /** For how many peers the next router is opened: after a loss they all come at once. */
  #expectedPeers = 1;

  private constructor(options: RoomMediaOptions) {
    super();
    this.#options = options;
  }

  /** Opens the first router. Throws why there is none. */
  static async open(options: RoomMediaOptions): Promise<RoomMedia> {
    const media = new RoomMedia(options);
    await media.#getRouter();
    return media;
  }

  /**
   * The transports of a peer, on a living router. Waits for another router when one is lost meanwhile.
   * Throws the code that the room closed with, or why no router could be opened.
   */
  async openPeer(directions: readonly Direction[] = ['send', 'recv']): Promise<PeerMedia> {
    const { slices, maxIncomingBitrate, maxOutgoingBitrate } = this.#options;
    const claimId = (id: string) => this.#claimId(id);
    for (;;) {
      const router = await this.#getRouter();
      try {
        return await this.#closer.adopt(
          router.openPeer(directions, { slices, maxIncomingBitrate, maxOutgoingBitrate, claimId }),
        );
      } catch (error) {
        if (!isLost(error) || this.#closer.closed) throw error;
      }
    }
  }

  /** Measures how loud a microphone is. */
  observe(producer: Producer): void {
    this.#router?.then((router) => router.speakers.add(producer)).catch(() => {}); // it closed meanwhile
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    this.#router?.then(
      (router) => router.close(code),
      () => {}, // there is none
    );
    this.removeAllListeners();
  }

  async #getRouter(): Promise<RoomRouter> {
    for (;;) {
      this.#closer.assertOpen();
      this.#router ??= this.#openRouter();
      try {
        const router = await this.#closer.wait(this.#router);
        if (!router.closed) return router;
      } catch (error) {
        if (!isLost(error) || this.#closer.closed) throw error;
      }
    }
  }

  #openRouter(): Promise<RoomRouter> {
    const lease = this.#options.leaseWorker(this.#expectedPeers);
    const opening = this.#closer.adopt(lease.then((taken) => RoomRouter.open(taken)));
    const forget = () => {
      if (this.#router === opening) this.#router = undefined;
    };
    opening.then((router) => {
      if (router.closed) forget();
      router.once('lost', (peers) => {
        this.#expectedPeers = peers;
        forget();
      });
      router.speakers.on('changed', (speakers) => this.emit('speakersChanged', speakers));
    }, forget);
    return opening;
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
