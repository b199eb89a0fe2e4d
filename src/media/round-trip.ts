/** How many of the last samples count. */
const WINDOW = 3;

/**
 * The round trip to a browser, in milliseconds: the least of the last samples. Load makes a sample longer, and nothing
 * makes one shorter.
 */
export class RoundTrip {
  readonly #samples: number[] = [];

  add(ms: number): void {
    this.#samples.push(ms);
    if (this.#samples.length > WINDOW) this.#samples.shift();
  }

  /** Undefined before the first sample. */
  get ms(): number | undefined {
    return this.#samples.length > 0 ? Math.min(...this.#samples) : undefined;
  }

  /** Whether there are as many samples as count. */
  get settled(): boolean {
    return this.#samples.length >= WINDOW;
  }
}
