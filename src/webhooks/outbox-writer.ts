import type { DatabaseSync } from 'node:sqlite';
import type { Database } from '../store/database.ts';
import { endingOf, type WebhookEvent } from './events.ts';
import { closeLife, insertEvent, openLife, type QueuedEvent } from './outbox-table.ts';

/** An event on its way to the disk. */
export interface NewEvent {
  readonly event: WebhookEvent;
  readonly stored: Omit<QueuedEvent, 'seq'>;
  /** Who is told; nobody where only its life is of interest. */
  readonly receivers: readonly string[];
}

/** Events that are on disk now, in order, for the same receivers. */
export interface StoredEvents {
  readonly events: readonly QueuedEvent[];
  readonly receivers: readonly string[];
}

/** The record's name in the database's list of changes that wait. */
const RECORD = 'webhook outbox';
/** The most events in one commit. */
const COMMIT_SIZE = 1000;
/** The most events that wait for the disk. */
const MAX_UNSAVED = 50_000;

/** Stores events in the order in which they come, those of some milliseconds in one commit, and tells when they are on disk. */
export class OutboxWriter {
  readonly #database: Database;
  readonly #onStored: (stored: StoredEvents) => void;
  readonly #pending: NewEvent[] = [];
  /** The first of these that are in the transaction of this moment. */
  #inserted: { stored: QueuedEvent; receivers: readonly string[] }[] = [];
  #isScheduled = false;
  #isClosing = false;
  /** The order in which things have begun. */
  #began = Date.now() * 1000;

  constructor(database: Database, onStored: (stored: StoredEvents) => void) {
    this.#database = database;
    this.#onStored = onStored;
  }

  /** Whether so many events wait for a disk that cannot be written that no more are taken. */
  get isFull(): boolean {
    return this.#pending.length >= MAX_UNSAVED;
  }

  add(event: NewEvent): void {
    this.#pending.push(event);
    if (!this.#isScheduled || this.#database.storage.fault) this.#schedule();
  }

  /** From now on all that waits goes into the next commit, which is the last one. */
  close(): void {
    this.#isClosing = true;
  }

  #schedule(): void {
    this.#isScheduled = true;
    this.#database.persist(RECORD, (sql) => this.#write(sql)).catch(() => {}); // the database has logged it, and tries again
  }

  /** Runs in a transaction, which may be rolled back and tried again. */
  #write(sql: DatabaseSync): void {
    if (this.#inserted.length > 0) return; // this transaction has them already
    const entries = this.#pending.slice(0, this.#isClosing ? undefined : COMMIT_SIZE);
    queueMicrotask(() => this.#settle());
    this.#inserted = entries.map(({ event, stored, receivers }) => {
      const { life } = event;
      if (life?.is === 'begun') openLife(sql, life.id, ++this.#began, endingOf(event));
      else if (life) closeLife(sql, life.id);
      const seq = receivers.length > 0 ? insertEvent(sql, stored, receivers) : 0;
      return { stored: { ...stored, seq }, receivers };
    });
  }

  /** After the transaction, whether it was committed or not. */
  #settle(): void {
    const inserted = this.#inserted;
    this.#inserted = [];
    if (!this.#isCommitted()) return;
    this.#pending.splice(0, inserted.length);
    this.#isScheduled = false;
    if (this.#pending.length > 0 && !this.#isClosing) this.#schedule();
    const told = inserted.filter(({ receivers }) => receivers.length > 0);
    for (const [receivers, group] of groupRuns(told)) {
      this.#onStored({ events: group.map(({ stored }) => stored), receivers });
    }
  }

  #isCommitted(): boolean {
    return this.#database.storage.fault === undefined;
  }
}

/** Runs of neighbours with the same receivers. */
function groupRuns<T extends { receivers: readonly string[] }>(
  items: readonly T[],
): [readonly string[], T[]][] {
  const runs: [readonly string[], T[]][] = [];
  for (const item of items) {
    const last = runs.at(-1);
    if (last && last[0].join() === item.receivers.join()) last[1].push(item);
    else runs.push([item.receivers, [item]]);
  }
  return runs;
}
