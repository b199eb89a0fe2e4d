import type { EncodedEvent, OutgoingEvent } from '../protocol/frames.ts';

export interface EventLogLimits {
  /** How many events are kept for a client that comes back. */
  maxKeptEvents: number;
}

/** How large the kept events may be together, in bytes; a single event may be larger. */
const MAX_KEPT_BYTES = 1_048_576;

/**
 * Numbers the events of one session from 1, and keeps the last ones for a client that comes back. All receivers share one
 * event and its JSON.
 */
export class EventLog {
  readonly #maxEvents: number;
  readonly #kept: EncodedEvent[] = [];
  #bytes = 0;
  #lastSeq = 0;

  constructor({ maxKeptEvents }: EventLogLimits) {
    this.#maxEvents = maxKeptEvents;
  }

  /** The number of the last event; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Gives the event its number and returns its frame. */
  add({ encoded }: OutgoingEvent): string {
    this.#kept.push(encoded);
    this.#bytes += encoded.bytes;
    while (this.#isTooMuch()) this.#bytes -= this.#kept.shift()?.bytes ?? 0;
    return encoded.frame(++this.#lastSeq);
  }

  /** Keeps none of the events so far: no client can come back that has not seen them. */
  forget(): void {
    this.#kept.length = 0;
    this.#bytes = 0;
  }

  /** The frames after the one with this number, in order; undefined where some of them are gone, or it never was. */
  after(seq: number): string[] | undefined {
    const missing = this.#lastSeq - seq;
    if (missing < 0 || missing > this.#kept.length) return undefined;
    const first = this.#kept.length - missing;
    return this.#kept.slice(first).map((event, index) => event.frame(seq + 1 + index));
  }

  #isTooMuch(): boolean {
    const { length } = this.#kept;
    return length > this.#maxEvents || (length > 1 && this.#bytes > MAX_KEPT_BYTES);
  }
}
