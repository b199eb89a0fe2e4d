import type { OutgoingEvent } from '../protocol/frames.ts';

export interface EventLogLimits {
  /** How many events are kept for a client that comes back. */
  maxKeptEvents: number;
}

/** How large the kept events may be together, in bytes; a single event may be larger. */
const MAX_KEPT_BYTES = 1_048_576;

interface KeptEvent {
  readonly event: OutgoingEvent;
  readonly bytes: number;
}

/**
 * Numbers the events of one session from 1, and keeps the last ones for a client that comes back. All receivers share one
 * event and its JSON.
 */
export class EventLog {
  readonly #maxEvents: number;
  readonly #kept: KeptEvent[] = [];
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
  add(event: OutgoingEvent): string {
    const frame = event.frame(++this.#lastSeq);
    const bytes = Buffer.byteLength(frame);
    this.#kept.push({ event, bytes });
    this.#bytes += bytes;
    while (this.#isTooMuch()) this.#bytes -= this.#kept.shift()?.bytes ?? 0;
    return frame;
  }

  /** The frames after the one with this number, in order; undefined where some of them are gone, or it never was. */
  after(seq: number): string[] | undefined {
    const missing = this.#lastSeq - seq;
    if (missing < 0 || missing > this.#kept.length) return undefined;
    const first = this.#kept.length - missing;
    return this.#kept.slice(first).map(({ event }, index) => event.frame(seq + 1 + index));
  }

  #isTooMuch(): boolean {
    const { length } = this.#kept;
    return length > this.#maxEvents || (length > 1 && this.#bytes > MAX_KEPT_BYTES);
  }
}
