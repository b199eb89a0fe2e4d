import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { createWorker, workerBin } from 'mediasoup';
import type { RtpCapabilities, WebRtcServer, Worker } from 'mediasoup/types';
import { assertFreeDescriptors } from '../lib/descriptors.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { MEDIA_CODECS } from './codecs.ts';
import { type ListenOptions, listenInfos } from './listen-infos.ts';

/** The place of one room on a worker. It counts as load from the moment it is requested until it is released. */
export interface WorkerLease {
  readonly worker: Worker;
  /** The one port that all transports of the worker share. */
  readonly webRtcServer: WebRtcServer;
  /** How many peers this lease counts for; at least one. The holder keeps it up to date. */
  peers: number;
  /** How many consumers it counts for. The holder keeps it up to date. */
  consumers: number;
  /** The consumers of all leases of the worker. */
  readonly workerConsumers: number;
  /** Ends the lease. A second call does nothing. */
  release(): void;
}

export interface WorkerPoolOptions {
  count: number;
  listen: ListenOptions;
  /** Told of each worker before it has a room. */
  onStarted?: (worker: Worker) => void;
  logger: Logger;
}

/** A worker process that is ready for rooms. */
interface RunningWorker {
  readonly worker: Worker;
  readonly webRtcServer: WebRtcServer;
  readonly leases: Set<WorkerLease>;
}

/** A worker process that could not be started, or could not listen. */
export class WorkerStartError extends Error {
  readonly stage: 'process' | 'ports';
  /** The file of the program. */
  readonly program = workerBin;

  constructor(stage: 'process' | 'ports', cause: unknown) {
    super(`a media worker could not be started: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'WorkerStartError';
    this.stage = stage;
  }
}

const NONE: ReadonlySet<Worker> = new Set();
/** The file descriptors that the start of a process takes. Without them mediasoup throws where nobody can catch it. */
const START_DESCRIPTORS = 24;
/** Ctrl-C signals the whole process group, so workers may exit this long before our own signal handler runs. */
const SIGNAL_SPREAD_MS = 50;
/** The pause before the next attempt to replace a worker. */
const RETRY_MS = 1000;

/**
 * The worker processes. A room goes to the least loaded worker. A worker that dies is replaced; its routers emit
 * `workerclose` themselves.
 */
export class WorkerPool {
  readonly #slots: (RunningWorker | undefined)[];
  readonly #listen: ListenOptions;
  readonly #logger: Logger;
  /** All worker processes that have not ended, including those that are still starting. */
  readonly #processes = new Set<Worker>();
  /** Starts and replacements in progress. */
  readonly #starts = new Set<Promise<unknown>>();
  readonly #ending = new AbortController();
  /** Resolves when the next worker has started, or when the pool ends. */
  #change = Promise.withResolvers<void>();
  readonly #onStarted: (worker: Worker) => void;
  #deaths = 0;
  #closed: Promise<void> | undefined;

  private constructor({ count, listen, onStarted, logger }: WorkerPoolOptions) {
    this.#slots = Array.from({ length: count }, () => undefined);
    this.#listen = listen;
    this.#onStarted = onStarted ?? (() => {});
    this.#logger = logger;
  }

  /** Starts all workers. Throws `WorkerStartError` if one cannot start or listen; no process is left then. */
  static async open(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    try {
      await Promise.all(pool.#slots.map((_, slot) => pool.#track(pool.#start(slot))));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** What every router of this pool supports. It depends on the codecs alone. */
  async capabilities(): Promise<RtpCapabilities> {
    const lease = await this.lease();
    try {
      const router = await lease.worker.createRouter({ mediaCodecs: MEDIA_CODECS });
      router.close();
      return router.rtpCapabilities;
    } finally {
      lease.release();
    }
  }

  /**
   * A place on the least loaded worker, as soon as one is running.
   *
   * @param peers how many peers the room is expected to have
   * @throws AppError `server_closing` when the pool ends first
   */
  async lease(peers = 1): Promise<WorkerLease> {
    for (;;) {
      if (this.#ending.signal.aborted) throw new AppError('server_closing');
      const least = this.#leastLoaded();
      if (least) return createLease(least, peers);
      await this.#change.promise;
    }
  }

  /**
   * A place for a room that outgrows the workers that it has: on the least loaded one of the others, if it has fewer than so
   * many consumers.
   */
  leaseSpare(used: ReadonlySet<Worker>, maxConsumers: number): WorkerLease | undefined {
    const least = this.#leastLoaded(used);
    return least && consumersOf(least) < maxConsumers ? createLease(least, 1) : undefined;
  }

  /** How many have died. */
  get deaths(): number {
    return this.#deaths;
  }

  /** The workers that are running. */
  running(): Worker[] {
    return this.#slots.flatMap((slot) => (slot && !slot.worker.closed ? [slot.worker] : []));
  }

  /** The process ids of the running workers. */
  pids(): number[] {
    return this.#slots.flatMap((slot) => (slot ? [slot.worker.pid] : []));
  }

  /** From now on workers may exit without being logged or replaced: they receive the same signals as this process. */
  expectEnd(): void {
    this.#ending.abort();
    this.#change.resolve();
  }

  /** Ends all workers; resolves when their processes are gone. A second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.expectEnd();
    this.#slots.fill(undefined);
    for (const worker of this.#processes) worker.close();
    await Promise.allSettled(this.#starts);
    await Promise.all([...this.#processes].map(endOf));
  }

  /** A worker may be closed some time before its `died` event empties the slot. */
  #leastLoaded(except: ReadonlySet<Worker> = NONE): RunningWorker | undefined {
    const running = this.#slots
      .filter((slot) => slot !== undefined)
      .filter(({ worker }) => !worker.closed && !except.has(worker));
    return running.toSorted((a, b) => loadOf(a) - loadOf(b))[0];
  }

  async #track<T>(start: Promise<T>): Promise<T> {
    this.#starts.add(start);
    try {
      return await start;
    } finally {
      this.#starts.delete(start);
    }
  }

  async #start(slot: number): Promise<Worker> {
    const worker = await startProcess();
    this.#processes.add(worker);
    this.#onStarted(worker);
    worker.once('subprocessclose', () => this.#processes.delete(worker));
    try {
      this.#ending.signal.throwIfAborted();
      const webRtcServer = await worker.createWebRtcServer({ listenInfos: listenInfos(this.#listen, slot) });
      this.#ending.signal.throwIfAborted();
      this.#add(slot, { worker, webRtcServer, leases: new Set() });
      return worker;
    } catch (error) {
      worker.close();
      throw new WorkerStartError('ports', error);
    }
  }

  /** A worker that dies before this is the failure of its start, and is not replaced a second time. */
  #add(slot: number, running: RunningWorker): void {
    const { worker } = running;
    if (worker.closed) throw new Error('the media worker died while it was starting');
    worker.once('died', () => void this.#track(this.#replace(slot, worker.pid)));
    this.#slots[slot] = running;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  async #replace(slot: number, pid: number): Promise<void> {
    this.#slots[slot] = undefined;
    await this.#pause(SIGNAL_SPREAD_MS);
    if (this.#ending.signal.aborted) return;
    this.#deaths++;
    this.#logger.error({ pid }, 'media worker died');
    while (!this.#ending.signal.aborted) {
      try {
        const worker = await this.#start(slot);
        this.#logger.info({ pid: worker.pid }, 'media worker replaced');
        return;
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        this.#logger.error({ err: error }, 'media worker could not be replaced, trying again');
        await this.#pause(RETRY_MS);
      }
    }
  }

  /** Resolves after some milliseconds, or when the pool ends. */
  async #pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { ref: false, signal: this.#ending.signal }).catch(() => {});
  }
}

async function startProcess(): Promise<Worker> {
  try {
    assertFreeDescriptors(START_DESCRIPTORS);
    return await createWorker({ logLevel: 'warn' });
  } catch (error) {
    throw new WorkerStartError('process', error);
  }
}

function createLease(running: RunningWorker, peers: number): WorkerLease {
  const { worker, webRtcServer, leases } = running;
  const lease = {
    worker,
    webRtcServer,
    peers,
    consumers: 0,
    get workerConsumers() {
      return consumersOf(running);
    },
    release: () => void leases.delete(lease),
  };
  leases.add(lease);
  return lease;
}

/** A peer costs something before it receives anything. */
function loadOf({ leases }: RunningWorker): number {
  return [...leases].reduce((sum, { peers, consumers }) => sum + Math.max(1, peers) + consumers, 0);
}

function consumersOf({ leases }: RunningWorker): number {
  return [...leases].reduce((sum, { consumers }) => sum + consumers, 0);
}

/** Resolves when the worker's process is gone, which happens a moment after the worker was closed. */
async function endOf(worker: Worker): Promise<void> {
  if (!worker.subprocessClosed) await once(worker, 'subprocessclose');
}
