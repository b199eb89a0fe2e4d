/** A wall clock that a test sets by hand, so that nothing depends on how long its steps take. */
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';

/** How long before a whole second the clock stands still, in milliseconds. */
const LEFT_MS = 200;

export interface Clock {
  /** Seconds since 1970-01-01 UTC, as in `iat` and `exp`. */
  seconds(): number;
  /** Sets the clock forward, and resolves when each timer has rung that was to ring at the next whole second. */
  advance(ms: number): Promise<void>;
  /** Lets it run again. */
  restore(): void;
}

/**
 * Stops the `Date` of this process shortly before a whole second; servers that are to see it have to be started later. Timers
 * stay real: one that waits for the end of a token looks at the clock when it rings, and waits again until the clock is set
 * forward.
 */
export function stopClock(): Clock {
  const now = Math.ceil(Date.now() / 1000) * 1000 - LEFT_MS;
  vi.useFakeTimers({ toFake: ['Date'], now });
  return {
    seconds: () => Math.floor(Date.now() / 1000),
    async advance(ms) {
      vi.setSystemTime(Date.now() + ms);
      await sleep(2 * LEFT_MS);
    },
    restore: () => void vi.useRealTimers(),
  };
}

/** Resolves in the next second of the real clock: a token from then on is later than all that has happened. */
export async function nextSecond(): Promise<void> {
  const end = Math.floor(Date.now() / 1000) * 1000 + 1000;
  while (Date.now() < end) await sleep(end - Date.now());
}
