import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { createWorker } from 'mediasoup';
import type { RtpCapabilities, TransportListenInfo, WebRtcServer, Worker } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { MEDIA_CODECS } from './codecs.ts';

/** Where media is received and sent. */
export interface ListenOptions {
  /** The IP address to bind; without it each address of this machine is bound and announced. */
  listenAddress?: string | undefined;
  /** The IP address or host name that clients are told instead of the bound one. */
  announcedAddress?: string | undefined;
  /** The port of the first worker, UDP and TCP; the next one takes the next. 0 takes free ports. */
  port: number;
}

/** One mediasoup worker process with the one port that all its transports share. */
export interface MediaWorker {
  readonly worker: Worker;
  readonly webRtcServer: WebRtcServer;
  /** How many peers its rooms have. */
  load: number;
}

/**
 * The worker processes. A room goes to the least loaded one; a worker that dies is replaced, and its rooms' routers
 * tell of it themselves (`workerclose`).
 */
export class WorkerPool {
  readonly #slots: (MediaWorker | undefined)[];
  readonly #listen: ListenOptions;
  readonly #logger: Logger;
  /** Resolves when the next worker has started, or none will. */
  #change = Promise.withResolvers<void>();
  #ending = false;

  private constructor(count: number, listen: ListenOptions, logger: Logger) {
    this.#slots = Array.from({ length: count }, () => undefined);
    this.#listen = listen;
    this.#logger = logger;
  }

  /** Starts all workers; throws if one does not start or a port is taken. */
  static async open(options: { count: number; listen: ListenOptions; logger: Logger }): Promise<WorkerPool> {
    const pool = new WorkerPool(options.count, options.listen, options.logger);
    try {
      await Promise.all(pool.#slots.map((_, slot) => pool.#start(slot)));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** What every router of this pool can do: it follows from the codecs alone. */
  async capabilities(): Promise<RtpCapabilities> {
    const { worker } = await this.lease();
    const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
    router.close();
    return router.rtpCapabilities;
  }

  /** The least loaded worker, as soon as one lives. Rejects with `server_closing` when the pool closes before. */
  async lease(): Promise<MediaWorker> {
    for (;;) {
      if (this.#ending) throw new AppError('server_closing');
      const least = this.#leastLoaded();
      if (least) return least;
      await this.#change.promise;
    }
  }

  /** The process ids of the living workers. */
  pids(): number[] {
    return this.#slots.flatMap((slot) => (slot ? [slot.worker.pid] : []));
  }

  /** From now on workers may end: nothing is said of it and nothing healed. They get the signals that we get. */
  expectEnd(): void {
    this.#ending = true;
    this.#change.resolve();
  }

  /** Ends all workers; resolves when their processes are gone. */
  async close(): Promise<void> {
    this.expectEnd();
    const ended = this.#slots.flatMap((slot) => (slot ? [endOf(slot.worker)] : []));
    for (const slot of this.#slots) slot?.worker.close();
    this.#slots.fill(undefined);
    await Promise.all(ended);
  }

  /** One that has died a moment ago tells so only after its routers did. */
  #leastLoaded(): MediaWorker | undefined {
    const living = this.#slots.filter((slot) => slot !== undefined);
    return living.filter(({ worker }) => !worker.closed).toSorted((a, b) => a.load - b.load)[0];
  }

  async #start(slot: number): Promise<MediaWorker> {
    const worker = await createWorker({ logLevel: 'warn' });
    worker.on('died', () => void this.#replace(slot, worker.pid));
    try {
      const webRtcServer = await worker.createWebRtcServer({ listenInfos: listenInfos(this.#listen, slot) });
      if (this.#ending) throw new AppError('server_closing');
      const started = { worker, webRtcServer, load: 0 };
      this.#slots[slot] = started;
      this.#change.resolve();
      this.#change = Promise.withResolvers();
      return started;
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  async #replace(slot: number, pid: number): Promise<void> {
    this.#slots[slot] = undefined;
    await setTimeout(SIGNAL_SPREAD_MS, undefined, { ref: false });
    if (this.#ending) return;
    this.#logger.error({ pid }, 'media worker died');
    while (!this.#ending) {
      try {
        const { worker } = await this.#start(slot);
        this.#logger.info({ pid: worker.pid }, 'media worker replaced');
        return;
      } catch (error) {
        if (this.#ending) return;
        this.#logger.error({ err: error }, 'media worker not replaced, trying again');
        await setTimeout(REPLACE_AGAIN_MS, undefined, { ref: false });
      }
    }
  }
}

/** Resolves when the worker's process is gone, which it is a moment after it was closed. */
async function endOf(worker: Worker): Promise<void> {
  if (!worker.subprocessClosed) await once(worker, 'subprocessclose');
}

/** A Ctrl-C goes to the whole process group, and may end the workers so long before this process hears of it. */
const SIGNAL_SPREAD_MS = 50;
/** Time before the next try when a worker could not be replaced. */
const REPLACE_AGAIN_MS = 1000;

function listenInfos(listen: ListenOptions, slot: number): TransportListenInfo[] {
  const port = listen.port === 0 ? {} : { port: listen.port + slot };
  const announced = listen.announcedAddress ? { announcedAddress: listen.announcedAddress } : {};
  const addresses = listen.listenAddress
    ? [listen.listenAddress]
    : ownAddresses(Boolean(listen.announcedAddress));
  return addresses.flatMap((ip) =>
    (['udp', 'tcp'] as const).map((protocol) => ({ protocol, ip, ...announced, ...port })),
  );
}

/** Each address that a browser could reach this machine by; loopback too, for a browser on the same machine. */
function ownAddresses(announced: boolean): string[] {
  if (announced) return ['0.0.0.0'];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ family, address }) => family === 'IPv4' || !isLinkLocal(address))
    .map(({ address }) => address);
}

/** RFC 4291 section 2.5.6: fe80::/10 needs a zone, which a candidate cannot carry. `::1` is left to IPv4's. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) || address === '::1';
}
