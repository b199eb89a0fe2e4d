import type { QueuedEvent } from '../outbox-table.ts';

/** The most events of a stream that are read from disk at once. */
export const WINDOW = 64;

/** The events of one stream for one receiver, in order: the next ones in memory, the rest on disk. */
export class StreamQueue {
  readonly name: string;
  /**
   * `idle`: nothing waits. `ready`: its next event may be sent. `delayed`: after a failure. `sending`: the next event is read from
   * disk or sent.
   */
  state: 'idle' | 'ready' | 'delayed' | 'sending' = 'idle';
  /** Attempts at the first event that have failed. */
  failures = 0;
  timer: NodeJS.Timeout | undefined;
  #events: QueuedEvent[] = [];
  /** The last event that was in memory. */
  #lastSeq = 0;
  /** Whether there are more events on disk, behind the last one. */
  #hasMore = false;

  constructor(name: string) {
    this.name = name;
  }

  /** The next event, where it is in memory. */
  get first(): QueuedEvent | undefined {
    return this.#events[0];
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** How many events are in memory. */
  get size(): number {
    return this.#events.length;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0 && !this.#hasMore;
  }

  /** An event that was stored just now. */
  add(event: QueuedEvent): void {
    if (!this.#hasMore) this.#push(event);
  }

  /** There are events on disk that are not in memory. */
  expectMore(): void {
    this.#hasMore = true;
  }

  /** What was on disk behind the last event. */
  loaded(events: readonly QueuedEvent[], more: boolean): void {
    for (const event of events) this.#push(event);
    this.#hasMore = more;
  }

  /** Takes out the first event, which was delivered or given up. */
  shift(): void {
    this.#events.shift();
    this.failures = 0;
  }

  #push(event: QueuedEvent): void {
    if (event.seq <= this.#lastSeq) return;
    this.#lastSeq = event.seq;
    this.#events.push(event);
  }
}
