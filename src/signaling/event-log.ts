import { type EncodedEvent, numberEvent } from '../protocol/frames.ts';

export interface EventLogLimits {
  /** How many events are kept for a client that comes back. */
  maxKeptEvents: number;
}

/** How many characters they may have together; one that is alone may have more. */
const KEPT_CHARACTERS = 1_048_576;

/**
 * Numbers the events of one session from 1, and keeps the last ones for a client that comes back. What is kept is the
 * event as it was serialised for all its receivers: sessions share it.
 */
export class EventLog {
  readonly #maxEvents: number;
  readonly #kept: EncodedEvent[] = [];
  #characters = 0;
  #lastSeq = 0;

  constructor({ maxKeptEvents }: EventLogLimits) {
    this.#maxEvents = maxKeptEvents;
  }

  /** The number of the last event; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Gives the event its number and returns its frame. */
  add(event: EncodedEvent): string {
    this.#kept.push(event);
    this.#characters += event.length;
    while (this.#tooMuch()) this.#characters -= this.#kept.shift()?.length ?? 0;
    return numberEvent(++this.#lastSeq, event);
  }

  /** The frames after the one with this number, in order; undefined where some of them are gone, or it never was. */
  after(seq: number): string[] | undefined {
    const missing = this.#lastSeq - seq;
    if (missing < 0 || missing > this.#kept.length) return undefined;
    const first = this.#kept.length - missing;
    return this.#kept.slice(first).map((event, index) => numberEvent(seq + 1 + index, event));
  }

  #tooMuch(): boolean {
    const { length } = this.#kept;
    return length > this.#maxEvents || (length > 1 && this.#characters > KEPT_CHARACTERS);
  }
}
