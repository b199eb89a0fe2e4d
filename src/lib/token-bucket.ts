/**
 * A token bucket: allows `rate` per second on average and `burst` at once.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor(options: { rate: number; burst: number }, now = performance.now()) {
    this.#perMs = options.rate / 1000;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#filledAt = now;
  }

  /**
   * Takes tokens; false if there are not so many. More than fit into the bucket are taken when it is full.
   * @param now milliseconds of a monotonic clock
   */
  take(now = performance.now(), tokens = 1): boolean {
    const wanted = Math.min(tokens, this.#burst);
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    if (this.#tokens < wanted) return false;
    this.#tokens -= wanted;
    return true;
  }

  /** Milliseconds until there are so many tokens; 0 if there are. `now` is in milliseconds of a monotonic clock. */
  wait(now = performance.now(), wanted = 1): number {
    const tokens = this.#tokens + (now - this.#filledAt) * this.#perMs;
    return Math.max(0, (Math.min(wanted, this.#burst) - tokens) / this.#perMs);
  }
}
