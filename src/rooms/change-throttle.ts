import type { MemberChange } from './member.ts';

/** The least time between two events that tell of changes, in milliseconds: five a second. */
const INTERVAL_MS = 200;

/**
 * Limits how often the others are told of what one member changes about itself. Changes that come too soon are merged, and
 * the last value of each is always told.
 */
export class ChangeThrottle {
  readonly #tell: (change: MemberChange) => void;
  #pending: MemberChange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #toldAt = -Infinity;

  constructor(tell: (change: MemberChange) => void) {
    this.#tell = tell;
  }

  add(change: MemberChange): void {
    this.#pending = { ...this.#pending, ...change };
    const waitMs = this.#toldAt + INTERVAL_MS - performance.now();
    if (waitMs <= 0 || !isOfItself(change)) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), waitMs);
  }

  /** Drops what was not told. */
  close(): void {
    clearTimeout(this.#timer);
    this.#pending = undefined;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const change = this.#pending;
    if (!change) return;
    this.#pending = undefined;
    this.#toldAt = performance.now();
    this.#tell(change);
  }
}

/** Whether its client can change it at will; the rest follows from its connection, its token and hosts. */
function isOfItself({ metadata, handRaisedAt }: MemberChange): boolean {
  return metadata !== undefined || handRaisedAt !== undefined;
}
