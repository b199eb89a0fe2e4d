/** What a path does to what is sent over it, in one direction. */
export interface PathOptions {
  /** Milliseconds that everything takes; half of a round trip. */
  delayMs: number;
  /** Up to this many milliseconds more, drawn for each packet. */
  jitterMs?: number;
  /** The share of packets that are lost, 0 to 1. Streams lose nothing. */
  loss?: number;
  /** The share of packets that may overtake those before them, 0 to 1. */
  reorder?: number;
  /** Bits per second; what is faster waits. */
  bandwidth?: number;
  /** What would have to wait longer for its turn than so many milliseconds is lost, as in the queue of a router. */
  queueMs?: number;
}

/** Hands over what is put in, later: as a path of a network would. */
export class DelayLine<T> {
  path: PathOptions;
  readonly #deliver: (item: T) => void;
  /** What is on its way, by its time of arrival. */
  readonly #waiting: { due: number; item: T }[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Nothing is handed over before this, so that the order is kept. */
  #notBefore = 0;
  /** When the link has sent all that was put in. */
  #linkFree = 0;

  constructor(path: PathOptions, deliver: (item: T) => void) {
    this.path = path;
    this.#deliver = deliver;
  }

  /** Puts in one item of this size, in bytes; a packet may be lost and overtaken, a piece of a stream may not. */
  put(item: T, bytes: number, kind: 'packet' | 'stream'): void {
    const { delayMs, jitterMs = 0, loss = 0, reorder = 0, bandwidth, queueMs = Infinity } = this.path;
    if (kind === 'packet' && Math.random() < loss) return;
    const now = performance.now();
    if (kind === 'packet' && this.#linkFree - now > queueMs) return;
    const sent = bandwidth ? Math.max(now, this.#linkFree) + (8000 * bytes) / bandwidth : now;
    this.#linkFree = sent;
    let due = sent + delayMs + Math.random() * jitterMs;
    if (kind === 'stream' || Math.random() >= reorder) {
      due = Math.max(due, this.#notBefore);
      this.#notBefore = due;
    }
    this.#at(due, item);
  }

  /** Forgets what is on its way. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  /** One timer for all: timers of their own would fire in another order than they are due. */
  #at(due: number, item: T): void {
    const after = this.#waiting.findLastIndex((other) => other.due <= due);
    this.#waiting.splice(after + 1, 0, { due, item });
    if (after < 0) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const [first] = this.#waiting;
    if (!first) return;
    this.#timer = setTimeout(() => this.#arrive(), Math.max(0, Math.ceil(first.due - performance.now())));
  }

  #arrive(): void {
    const now = performance.now();
    for (let [first] = this.#waiting; first && first.due <= now; [first] = this.#waiting) {
      this.#waiting.shift();
      this.#deliver(first.item);
    }
    this.#arm();
  }
}
