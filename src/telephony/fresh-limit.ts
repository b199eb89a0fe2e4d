/** How often one agent may ask for a token that is not the one there is. */
import { AppError } from '../lib/errors.ts';
import { TokenBucket } from '../lib/token-bucket.ts';

/** At once, and one more in each such time. */
const BURST = 3;
const REFILL_MS = 60_000;

/** A bucket for each agent, forgotten when it is full again. */
export class FreshLimit {
  /** In the order of their last use. */
  readonly #buckets = new Map<string, { bucket: TokenBucket; usedAt: number }>();

  /** How many agents are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts one. `now` is in milliseconds of a monotonic clock.
   * @throws AppError `rate_limited`
   */
  take(userId: string, now = performance.now()): void {
    this.#forget(now);
    const { bucket } = this.#buckets.get(userId) ?? {
      bucket: new TokenBucket({ rate: 1000 / REFILL_MS, burst: BURST }, now),
    };
    this.#buckets.delete(userId);
    this.#buckets.set(userId, { bucket, usedAt: now });
    if (!bucket.take(now)) throw new AppError('rate_limited', 'too many fresh login tokens, wait a minute');
  }

  #forget(now: number): void {
    for (const [userId, { usedAt }] of this.#buckets) {
      if (now - usedAt < BURST * REFILL_MS) return;
      this.#buckets.delete(userId);
    }
  }
}
