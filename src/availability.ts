/** Whether this node takes rooms and members: it may be starting, overloaded, drained, or closing. */
import type { Readiness } from './http/operation/ready.ts';
import { AppError } from './lib/errors.ts';
import type { Logger } from './lib/logger.ts';
import type { NodeLoad } from './node-load.ts';

export interface DrainOptions {
  /** When those that are left have to go, in milliseconds from now. */
  deadlineMs: number;
  /** The time over which they come back, in milliseconds. */
  spreadMs: number;
}

interface Options {
  load: Pick<NodeLoad, 'refusing' | 'reason'>;
  /** How many rooms are open. */
  rooms: () => number;
  isClosing: () => boolean;
  logger: Logger;
}

/** Without a drain. */
const RETURN_SPREAD_MS = 3000;
/** How often a draining node looks whether it is empty, in milliseconds. */
const CHECK_INTERVAL_MS = 250;

export class Availability {
  /** Resolves when the node has been drained: it should close then. */
  readonly drained: Promise<void>;
  readonly #options: Options;
  readonly #drained = Promise.withResolvers<void>();
  #returnSpreadMs = RETURN_SPREAD_MS;
  #isListening = false;
  /** By `Date.now()`. */
  #deadline: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.drained = this.#drained.promise;
  }

  /** From now on it can be reached. */
  listening(): void {
    this.#isListening = true;
  }

  /** The time over which clients come back to a node that closes, in milliseconds. */
  get returnSpreadMs(): number {
    return this.#returnSpreadMs;
  }

  get readiness(): Readiness {
    const { load, isClosing } = this.#options;
    if (isClosing()) return { status: 'closing', reason: 'the server is closing' };
    if (!this.#isListening) return { status: 'starting', reason: 'the server is starting' };
    if (this.#deadline !== undefined) {
      const until = new Date(this.#deadline).toISOString();
      return { status: 'draining', reason: `open rooms may go on until ${until}` };
    }
    if (load.refusing !== 'nobody') return { status: 'overloaded', reason: load.reason };
    return { status: 'ready' };
  }

  /**
   * Checks whether a room may be opened, or a member may come to an open one.
   * @throws AppError `draining`, `overloaded`
   */
  assertAvailable(isRoomOpen: boolean): void {
    const { load } = this.#options;
    if (this.#deadline !== undefined && !isRoomOpen) throw new AppError('draining');
    const isRefused = load.refusing === 'members' || (load.refusing === 'rooms' && !isRoomOpen);
    if (isRefused) throw new AppError('overloaded');
  }

  /** Opens no more rooms, and ends when the last one is empty or the time is over. A second call sets another deadline. */
  drain({ deadlineMs, spreadMs }: DrainOptions): { deadline: Date } {
    const deadline = Date.now() + deadlineMs;
    this.#options.logger.info({ deadline: new Date(deadline).toISOString() }, 'draining');
    this.#deadline = deadline;
    this.#returnSpreadMs = spreadMs;
    clearInterval(this.#timer);
    const check = () => {
      if (this.#options.rooms() > 0 && Date.now() < deadline) return;
      clearInterval(this.#timer);
      this.#drained.resolve();
    };
    this.#timer = setInterval(check, CHECK_INTERVAL_MS).unref();
    check();
    return { deadline: new Date(deadline) };
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
