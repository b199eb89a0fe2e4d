/** All events of calls of the last day, stored before they are told. */
import { EventEmitter } from 'node:events';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Database } from '../store/database.ts';
import { sweepInSteps } from '../store/sweep.ts';
import { type CallEvent, type StoredEvent, textOf } from './call-event.ts';
import { type CallPage, type CallQuery, CallTable } from './call-table.ts';

export interface CallEventsOptions {
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

/** How long events are kept, in milliseconds. */
const KEPT_MS = 24 * 3_600_000;
const SWEEP_INTERVAL_MS = 600_000;
/** The most events that are read at once, so that a long reading does not hold up the process. */
const PAGE = 200;
/** The bytes of payloads after which a page ends. */
const PAGE_BYTES = 1_048_576;
/** How many events, and how many calls, are deleted at once. */
const SWEEP_STEP = 200;
const DELETE_OLDER = `DELETE FROM call_events
  WHERE seq IN (SELECT seq FROM call_events WHERE received_at < ? ORDER BY received_at LIMIT ?)`;

type Row = Record<string, SQLOutputValue>;

/** Emits `stored` with the events of one commit, once they are on disk, in the order of storing. */
export class CallEvents extends EventEmitter<{ stored: [readonly StoredEvent[]] }> {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #table: CallTable;
  #newest: number;

  constructor(database: Database, { now = Date.now }: CallEventsOptions = {}) {
    super();
    this.setMaxListeners(0);
    this.#database = database;
    this.#now = now;
    this.#table = database.read((sql) => new CallTable(sql));
    this.#newest = database.read((sql) =>
      Number(sql.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'call_events'").get()?.seq ?? 0),
    );
    const sweep = () => void this.sweep().catch(() => {}); // the database has said what is wrong
    this.#timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** The number of the last event that was told; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Resolves when the event is on disk; to false where it was there already. */
  async store(event: CallEvent): Promise<boolean> {
    const seq = await this.#database.write((sql) => {
      const now = this.#now();
      const stored = insert(sql, event, now);
      if (stored) this.#table.add(stored, now);
      return stored?.seq;
    });
    if (seq === undefined) return false;
    if (seq > this.#newest) this.#tell();
    return true;
  }

  /** Some of the events after a number that were told already, in order; none where there are no more. */
  after(seq: number): StoredEvent[] {
    const events: StoredEvent[] = [];
    let bytes = 0;
    const rows = this.#database.read((sql) =>
      sql
        .prepare('SELECT * FROM call_events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?')
        .iterate(seq, this.#newest, PAGE),
    );
    for (const row of rows) {
      events.push(eventOf(row));
      bytes += Buffer.byteLength(String(row.payload));
      if (bytes >= PAGE_BYTES) break;
    }
    return events;
  }

  /** The calls that were heard of last, the newest first: of each the legs that a filter lets through. */
  calls(query: CallQuery): CallPage {
    return this.#table.page(query);
  }

  /** Deletes what is older than a day, in small steps. */
  sweep(): Promise<void> {
    const before = this.#now() - KEPT_MS;
    return sweepInSteps(this.#database, (sql) => {
      const { changes } = sql.prepare(DELETE_OLDER).run(before, SWEEP_STEP);
      return Number(changes) + this.#table.deleteOlder(before, SWEEP_STEP);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.removeAllListeners();
  }

  /** Reads what was stored, and not what each writer had in hand: the order is the database's. */
  #tell(): void {
    const rows = this.#database.read((sql) =>
      sql.prepare('SELECT * FROM call_events WHERE seq > ? ORDER BY seq').all(this.#newest),
    );
    const events = rows.map(eventOf);
    this.#newest = events.at(-1)?.seq ?? this.#newest;
    this.emit('stored', events);
  }
}

/** The event as it is stored; undefined where it is there already. */
function insert(sql: DatabaseSync, event: CallEvent, now: number): StoredEvent | undefined {
  const { id, type, occurredAt, payload } = event;
  const legId = textOf(payload, 'call_leg_id');
  const callId = textOf(payload, 'call_session_id') ?? legId;
  const connectionId = textOf(payload, 'connection_id');
  const { from, to } = numbersOf(sql, payload, legId);
  const secondKey = legId === null ? null : JSON.stringify([type, legId, occurredAt]);
  const values = [id, secondKey, now, type, occurredAt, callId, legId, connectionId, from, to];
  const { changes, lastInsertRowid } = sql
    .prepare(
      `INSERT INTO call_events (id, second_key, received_at, type, occurred_at, call_id, leg_id, connection_id,
         from_number, to_number, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .run(...values, JSON.stringify(payload));
  if (Number(changes) === 0) return undefined;
  return { ...event, seq: Number(lastInsertRowid), callId, legId, connectionId, from, to };
}

/** Events of recordings and speech name no numbers: their leg's other events do. */
function numbersOf(sql: DatabaseSync, payload: CallEvent['payload'], legId: string | null) {
  const own = { from: textOf(payload, 'from'), to: textOf(payload, 'to') };
  if (own.from !== null || own.to !== null || legId === null) return own;
  const known = sql
    .prepare(
      'SELECT from_number, to_number FROM call_events WHERE leg_id = ? AND from_number IS NOT NULL LIMIT 1',
    )
    .get(legId);
  return { from: text(known?.from_number), to: text(known?.to_number) };
}

function eventOf(row: Row): StoredEvent {
  return {
    seq: Number(row.seq),
    id: String(row.id),
    type: String(row.type),
    occurredAt: String(row.occurred_at),
    payload: JSON.parse(String(row.payload)),
    callId: text(row.call_id),
    legId: text(row.leg_id),
    connectionId: text(row.connection_id),
    from: text(row.from_number),
    to: text(row.to_number),
  };
}

function text(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
