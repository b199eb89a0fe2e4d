/** Asking Telnyx again after what may pass by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type AppErrorOptions } from '../lib/errors.ts';

/** Telnyx did not answer, or asks to come back later. */
export class TelnyxUnavailable extends AppError {
  constructor(message: string, options?: AppErrorOptions) {
    super('telnyx_unavailable', message, options);
  }
}

export interface RetryOptions {
  /** How often is asked in all. */
  attempts: number;
  /** The pause after the first failure, which doubles with each; and the longest, in milliseconds. */
  pauseMs: number;
  maxPauseMs: number;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

/** Somebody waits for the answer: four attempts, and some seconds between them. */
export const DEFAULT_RETRIES: RetryOptions = { attempts: 4, pauseMs: 500, maxPauseMs: 5000 };

/**
 * The outcome of `task`, which is run again when it failed with `TelnyxUnavailable`. A Telnyx that wants to be left
 * alone for longer than `maxPauseMs` is not waited for.
 */
export async function withRetries<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof TelnyxUnavailable) || attempt >= options.attempts) throw error;
      const pauseMs = error.retryAfterMs ?? backoff(attempt, options);
      if (pauseMs > options.maxPauseMs) throw error;
      await sleep(pauseMs, undefined, { signal: options.signal }).catch(() =>
        options.signal?.throwIfAborted(),
      );
    }
  }
}

/** Up to a quarter is left off by chance, so that those who failed together do not come back together. */
function backoff(attempt: number, { pauseMs, maxPauseMs }: RetryOptions): number {
  return Math.min(maxPauseMs, pauseMs * 2 ** (attempt - 1)) * (1 - Math.random() / 4);
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110 section 10.2.3); undefined where there is none that can be read. */
export function parseRetryAfter(headers: Headers, now = Date.now()): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
