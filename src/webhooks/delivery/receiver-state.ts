/** Whether a receiver as a whole is out of order, and when it is tried again. */

/** A receiver that fails for so many streams, without a success between, is out of order. */
const FAILING_STREAMS = 3;
/** A stream that has not failed yet tries such a receiver at most so often, in milliseconds. */
const PROBE_MS = 1000;
/** How many streams are looked through for one that has not failed. */
const CHOICE = 300;

/** One stream that fails is its own affair, and several may be those of a receiver that is down. */
export class ReceiverState {
  readonly #backoff: (failures: number) => number;
  /** The streams that have failed since the last success. */
  readonly #failing = new Set<object>();
  #failures = 0;
  /** When the last attempt failed and when the next may begin, by `performance.now()`. */
  #failedAt = 0;
  #notBefore = 0;

  /** @param backoff the wait after so many failures, in milliseconds */
  constructor(backoff: (failures: number) => number) {
    this.#backoff = backoff;
  }

  get isOutOfOrder(): boolean {
    return this.#failing.size >= FAILING_STREAMS;
  }

  /** Which of these streams is sent next: one that has not failed may show that the receiver works again. */
  choose<S extends object>(ready: ReadonlySet<S>): S | undefined {
    const streams = ready.values();
    if (!this.isOutOfOrder) return streams.next().value;
    const choice = [...streams.take(CHOICE)];
    return choice.find((stream) => !this.#failing.has(stream)) ?? choice[0];
  }

  /** How long a stream has to wait, in milliseconds. */
  waitOf(stream: object): number {
    if (!this.isOutOfOrder) return 0;
    const probeAt = this.#failedAt + PROBE_MS;
    const dueAt = this.#failing.has(stream) ? this.#notBefore : Math.min(this.#notBefore, probeAt);
    return dueAt - performance.now();
  }

  /** Returns whether the receiver was out of order until now. */
  succeeded(stream: object): boolean {
    const wasOutOfOrder = this.isOutOfOrder;
    this.#failures = 0;
    if (wasOutOfOrder) this.#failing.clear();
    else this.#failing.delete(stream);
    return wasOutOfOrder;
  }

  failed(stream: object): void {
    this.#failing.add(stream);
    this.#failures++;
    this.#failedAt = performance.now();
    this.#notBefore = this.#failedAt + this.#backoff(this.#failures);
  }

  /** Nothing of this stream waits any more. */
  forget(stream: object): void {
    this.#failing.delete(stream);
  }
}
