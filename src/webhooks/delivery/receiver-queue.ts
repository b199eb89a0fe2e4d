/** What waits for one receiver: streams in order, side by side. */
import type { QueuedEvent } from '../outbox-table.ts';
import { GIVE_UP_MS } from './backoff.ts';
import { ReceiverState } from './receiver-state.ts';
import { StreamQueue } from './stream-queue.ts';

export interface Loaded {
  readonly events: readonly QueuedEvent[];
  /** Whether there is more on disk. */
  readonly more: boolean;
}

export interface ReceiverQueueOptions {
  /** Resolves when the receiver has the event; rejects where it has not. */
  send: (event: QueuedEvent) => Promise<void>;
  /** Resolves to the events of a stream behind a number. */
  load: (stream: string, after: number) => Promise<Loaded>;
  delivered: (event: QueuedEvent) => void;
  failed: (event: QueuedEvent, reason: string) => void;
  delayed: (reason: string) => void;
  /** How many deliveries go on at once. */
  concurrency: number;
  /** The wait after so many failures of one stream, in milliseconds. */
  streamBackoff: (failures: number) => number;
  /** The same for a receiver that is out of order. */
  receiverBackoff: (failures: number) => number;
}

/** The most events in memory, beside those that are being sent. */
const MAX_IN_MEMORY = 10_000;

/**
 * Delivers the events of each stream one after the other, and streams side by side. A stream that fails waits and holds up no
 * other. A receiver that is out of order is tried with one delivery at a time until one succeeds; then all streams go on.
 */
export class ReceiverQueue {
  readonly #options: ReceiverQueueOptions;
  readonly #receiver: ReceiverState;
  readonly #streams = new Map<string, StreamQueue>();
  /** Those whose next event may be sent, in their order. */
  readonly #ready = new Set<StreamQueue>();
  #sending = 0;
  #inMemory = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ReceiverQueueOptions) {
    this.#options = options;
    this.#receiver = new ReceiverState(options.receiverBackoff);
  }

  /** An event that was stored just now. */
  add(event: QueuedEvent): void {
    const stream = this.#streamOf(event.stream);
    if (this.#inMemory >= MAX_IN_MEMORY) stream.expectMore();
    else this.#change(stream, () => stream.add(event));
    this.#advance(stream);
    this.#pump();
  }

  /** Events of this stream wait on disk, behind what is in memory. */
  addBacklog(name: string): void {
    const stream = this.#streamOf(name);
    stream.expectMore();
    this.#advance(stream);
    this.#pump();
  }

  /** Begins no other delivery. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { timer } of this.#streams.values()) clearTimeout(timer);
  }

  #streamOf(name: string): StreamQueue {
    const known = this.#streams.get(name);
    if (known) return known;
    const stream = new StreamQueue(name);
    this.#streams.set(name, stream);
    return stream;
  }

  /** Counts the events that a change puts into memory, or takes out. */
  #change(stream: StreamQueue, change: () => void): void {
    const before = stream.size;
    change();
    this.#inMemory += stream.size - before;
  }

  /** Takes an idle stream to its next step. */
  #advance(stream: StreamQueue): void {
    if (stream.state !== 'idle') return;
    if (stream.isEmpty) {
      this.#streams.delete(stream.name);
      this.#receiver.forget(stream);
    } else {
      stream.state = 'ready';
      this.#ready.add(stream);
    }
  }

  /** Begins the deliveries that may begin now. */
  #pump(): void {
    const { concurrency } = this.#options;
    clearTimeout(this.#timer);
    for (;;) {
      const limit = this.#receiver.isOutOfOrder ? 1 : concurrency;
      const stream = this.#receiver.choose(this.#ready);
      if (!stream || this.#closed || this.#sending >= limit) return;
      const wait = this.#receiver.waitOf(stream);
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), wait);
        return;
      }
      this.#ready.delete(stream);
      void this.#deliver(stream);
    }
  }

  async #deliver(stream: StreamQueue): Promise<void> {
    stream.state = 'sending';
    this.#sending++;
    try {
      const event = stream.first ?? (await this.#load(stream));
      if (event) await this.#attempt(stream, event);
    } finally {
      this.#sending--;
      if (stream.state === 'sending') stream.state = 'idle';
      this.#advance(stream);
      this.#pump();
    }
  }

  async #load(stream: StreamQueue): Promise<QueuedEvent | undefined> {
    const { events, more } = await this.#options.load(stream.name, stream.lastSeq);
    this.#change(stream, () => stream.loaded(events, more));
    return stream.first;
  }

  async #attempt(stream: StreamQueue, event: QueuedEvent): Promise<void> {
    const { send, delivered, failed, delayed, streamBackoff } = this.#options;
    const isLate = Date.now() - event.at >= GIVE_UP_MS;
    if (isLate && this.#receiver.isOutOfOrder) {
      failed(event, 'not delivered within 24 hours');
      this.#change(stream, () => stream.shift());
      return;
    }
    try {
      await send(event);
      delivered(event);
      this.#change(stream, () => stream.shift());
      if (this.#receiver.succeeded(stream)) this.#wakeAll();
    } catch (error) {
      this.#receiver.failed(stream);
      stream.failures++;
      const reason = reasonOf(error);
      if (isLate) {
        failed(event, reason);
        this.#change(stream, () => stream.shift());
        return;
      }
      delayed(reason);
      if (this.#receiver.isOutOfOrder) return; // which waits as a whole
      stream.state = 'delayed';
      stream.timer = setTimeout(() => this.#wake(stream), streamBackoff(stream.failures));
    }
  }

  /** The receiver works again: streams that waited for it go on at once. */
  #wakeAll(): void {
    for (const stream of this.#streams.values()) this.#wake(stream);
  }

  #wake(stream: StreamQueue): void {
    if (stream.state !== 'delayed' || this.#closed) return;
    clearTimeout(stream.timer);
    stream.state = 'idle';
    this.#advance(stream);
    this.#pump();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const text = error.message.includes(code) ? error.message : `${code}: ${error.message}`;
  return text.slice(0, 200);
}
