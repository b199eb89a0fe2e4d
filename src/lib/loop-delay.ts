/** How often it is measured, in milliseconds. */
const INTERVAL_MS = 100;

/** How late the event loop of this process runs its timers. */
export class LoopDelay {
  #delaysMs: number[] = [];
  #dueAt = performance.now() + INTERVAL_MS;
  readonly #timer = setInterval(() => this.#measure(), INTERVAL_MS).unref();

  /** The median since the last call, in milliseconds; 0 where nothing was measured. */
  takeMedian(): number {
    const sorted = this.#delaysMs.toSorted((a, b) => a - b);
    this.#delaysMs = [];
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #measure(): void {
    const now = performance.now();
    this.#delaysMs.push(Math.max(0, now - this.#dueAt));
    this.#dueAt = now + INTERVAL_MS;
  }
}
