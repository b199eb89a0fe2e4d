import type { RouterRtpCodecCapability } from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import type { Code } from '../protocol/codes.ts';
import type { PipeLinks } from './pipe-links.ts';
import { RoomRouter } from './room-router.ts';
import type { WorkerLease } from './workers.ts';

/** What a router that sends with a player's payload types is made with. */
export interface RouterPlan {
  /** The same for plans that can share a router. */
  readonly key: string;
  readonly mediaCodecs: readonly RouterRtpCodecCapability[];
}

interface Options {
  lease: () => Promise<WorkerLease>;
  links: PipeLinks;
}

/**
 * The routers of a room that send with other payload types than its own: a player decodes only those that it has offered
 * (RFC 3264 section 6.1). Each lives as long as a player uses it.
 */
export class EgressRouters {
  readonly #options: Options;
  readonly #routers = new Map<string, Promise<RoomRouter>>();
  readonly #closer = new Closer();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Throws the code that they closed with, and why there is no router. */
  async get({ key, mediaCodecs }: RouterPlan): Promise<RoomRouter> {
    this.#closer.assertOpen();
    const known = this.#routers.get(key);
    if (known) return await known;
    const opening = this.#closer.adopt(this.#open(mediaCodecs));
    const forget = () => {
      if (this.#routers.get(key) === opening) this.#routers.delete(key);
    };
    this.#routers.set(key, opening);
    opening.then((router) => {
      router.once('lost', forget);
      router.once('emptied', () => {
        forget();
        router.close('left');
      });
    }, forget);
    return await opening;
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    for (const opening of this.#routers.values()) {
      opening.then(
        (router) => router.close(code),
        () => {}, // there is none
      );
    }
    this.#routers.clear();
  }

  async #open(mediaCodecs: RouterPlan['mediaCodecs']): Promise<RoomRouter> {
    const { lease, links } = this.#options;
    return await RoomRouter.open(await lease(), links, mediaCodecs);
  }
}
