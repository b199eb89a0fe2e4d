import { TokenBucket } from './token-bucket.ts';

export interface RateLimiterOptions {
  perMinute: number;
  /** How many may come at once; as many as in a minute by default. */
  burst?: number;
  /** How many keys are remembered at most. The one that was used longest ago is forgotten first. */
  maxKeys?: number;
}

const MINUTE_MS = 60_000;
const MAX_KEYS = 100_000;

/** Limits how often something may be done for each key, such as an address or a user. */
export class RateLimiter {
  readonly #rate: number;
  readonly #burst: number;
  readonly #maxKeys: number;
  /** In the order of their last use. */
  readonly #buckets = new Map<string, { bucket: TokenBucket; usedAt: number }>();

  constructor({ perMinute, burst = perMinute, maxKeys = MAX_KEYS }: RateLimiterOptions) {
    this.#rate = perMinute / MINUTE_MS;
    this.#burst = burst;
    this.#maxKeys = maxKeys;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts a use of a key. Returns 0 if it is allowed, else the milliseconds until the next one is.
   * @param use `units` is how many it counts as, `now` is in milliseconds of a monotonic clock
   */
  take(key: string, { units = 1, now = performance.now() }: { units?: number; now?: number } = {}): number {
    const bucket = this.#buckets.get(key)?.bucket ?? this.#createBucket(now);
    this.#buckets.delete(key); // Setting it again puts it last.
    this.#forget(now);
    this.#buckets.set(key, { bucket, usedAt: now });
    return bucket.take(now, units) ? 0 : bucket.wait(now, units);
  }

  #createBucket(now: number): TokenBucket {
    return new TokenBucket({ rate: this.#rate * 1000, burst: this.#burst }, now);
  }

  /** Forgets the buckets that are full again, and those that are too many. */
  #forget(now: number): void {
    const refillMs = this.#burst / this.#rate;
    for (const [key, { usedAt }] of this.#buckets) {
      if (now - usedAt < refillMs && this.#buckets.size < this.#maxKeys) return;
      this.#buckets.delete(key);
    }
  }
}
