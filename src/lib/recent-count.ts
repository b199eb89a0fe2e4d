/** How far back it counts, in seconds. */
const RECENT_SECONDS = 300;

/** How often something happened in the last five minutes. */
export class RecentCount {
  readonly #now: () => number;
  /** By second. */
  readonly #counts = new Map<number, number>();

  /** @param now milliseconds of any clock that does not go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(): void {
    this.#forget();
    const second = this.#second();
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + 1);
  }

  get value(): number {
    this.#forget();
    return this.#counts.values().reduce((sum, count) => sum + count, 0);
  }

  #second(): number {
    return Math.floor(this.#now() / 1000);
  }

  #forget(): void {
    const oldest = this.#second() - RECENT_SECONDS;
    for (const second of this.#counts.keys()) if (second <= oldest) this.#counts.delete(second);
  }
}
