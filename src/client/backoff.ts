/**
 * The delay before the first attempt is at most this, and doubles with each further one; in milliseconds. The longest is
 * short enough for all to be back within seconds of a server's return.
 */
const FIRST_MS = 200;
const MAX_MS = 4000;

/**
 * Milliseconds to wait before trying again, growing and with full jitter, so that the clients of a server that was away
 * do not come back at once.
 * @param attempt how many attempts have failed before
 */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(MAX_MS, FIRST_MS * 2 ** attempt);
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
