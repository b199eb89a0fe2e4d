/** All events of calls of the last day, stored before they are told. */
import { EventEmitter } from 'node:events';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Database } from '../store/database.ts';
import { type CallEvent, type StoredEvent, textOf } from './call-event.ts';
import { type CallFilter, ofConcern } from './call-filter.ts';
import { type Call, callOf } from './call-state.ts';

export interface CallEventsOptions {
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

/** How long events are kept, in milliseconds. */
const KEPT_MS = 24 * 3_600_000;
const SWEEP_INTERVAL_MS = 600_000;
/** The most events that are read at once, so that a long reading does not hold up the process. */
const PAGE = 200;
const CALL_IDS = 'SELECT call_id FROM call_events WHERE call_id IS NOT NULL';
const NEWEST_FIRST = 'ORDER BY seq DESC';

type Row = Record<string, SQLOutputValue>;

/** Emits `stored` with the events of one commit, once they are on disk, in the order of storing. */
export class CallEvents extends EventEmitter<{ stored: [readonly StoredEvent[]] }> {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #newest: number;

  constructor(database: Database, { now = Date.now }: CallEventsOptions = {}) {
    super();
    this.setMaxListeners(0);
    this.#database = database;
    this.#now = now;
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
    const seq = await this.#database.write((sql) => insert(sql, event, this.#now()));
    if (seq === undefined) return false;
    if (seq > this.#newest) this.#tell();
    return true;
  }

  /** The events after a number that were told already, at most `limit`, in order. */
  after(seq: number, limit = PAGE): StoredEvent[] {
    return this.#database
      .read((sql) =>
        sql
          .prepare('SELECT * FROM call_events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?')
          .all(seq, this.#newest, limit),
      )
      .map(eventOf);
  }

  /** The calls that were heard of last, the newest first: of each the legs that a filter lets through. */
  calls(filter: CallFilter | undefined, limit: number): Call[] {
    return this.#database.read((sql) =>
      recentIds(sql, filter, limit).map((id) => {
        const rows = sql.prepare('SELECT * FROM call_events WHERE call_id = ?').all(id);
        return callOf(id, ofConcern(rows.map(eventOf), filter));
      }),
    );
  }

  /** Forgets what is older than a day. */
  async sweep(): Promise<void> {
    const before = this.#now() - KEPT_MS;
    await this.#database.write((sql) => {
      sql.prepare('DELETE FROM call_events WHERE received_at < ?').run(before);
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

/** The event's number; undefined where it is there already. */
function insert(sql: DatabaseSync, event: CallEvent, now: number): number | undefined {
  const { id, type, occurredAt, payload } = event;
  const legId = textOf(payload, 'call_leg_id');
  const callId = textOf(payload, 'call_session_id') ?? legId;
  const parties = partiesOf(sql, payload, legId);
  const secondKey = legId === null ? null : JSON.stringify([type, legId, occurredAt]);
  const { changes, lastInsertRowid } = sql
    .prepare(
      `INSERT INTO call_events (id, second_key, received_at, type, occurred_at, call_id, leg_id, connection_id,
         from_number, to_number, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .run(
      id,
      secondKey,
      now,
      type,
      occurredAt,
      callId,
      legId,
      textOf(payload, 'connection_id'),
      parties.from,
      parties.to,
      JSON.stringify(payload),
    );
  return Number(changes) > 0 ? Number(lastInsertRowid) : undefined;
}

/** Events of recordings and speech name no numbers: their leg's other events do. */
function partiesOf(sql: DatabaseSync, payload: CallEvent['payload'], legId: string | null) {
  const own = { from: textOf(payload, 'from'), to: textOf(payload, 'to') };
  if (own.from !== null || own.to !== null || legId === null) return own;
  const known = sql
    .prepare(
      'SELECT from_number, to_number FROM call_events WHERE leg_id = ? AND from_number IS NOT NULL LIMIT 1',
    )
    .get(legId);
  return { from: text(known?.from_number), to: text(known?.to_number) };
}

/** The database looks for the filter: a day's events are too many to look at each here. */
function recentIds(sql: DatabaseSync, filter: CallFilter | undefined, limit: number): string[] {
  const ids = new Set<string>();
  const rows = filter ? filteredIds(sql, filter) : sql.prepare(`${CALL_IDS} ${NEWEST_FIRST}`).iterate();
  for (const { call_id } of rows) {
    ids.add(String(call_id));
    if (ids.size >= limit) break;
  }
  return [...ids];
}

/** `concerns` in SQL. */
function filteredIds(sql: DatabaseSync, { connections = [], numbers = [] }: CallFilter) {
  return sql
    .prepare(
      `${CALL_IDS} AND (connection_id IN (SELECT value FROM json_each(:connections))
         OR from_number IN (SELECT value FROM json_each(:numbers))
         OR to_number IN (SELECT value FROM json_each(:numbers))) ${NEWEST_FIRST}`,
    )
    .iterate({ connections: JSON.stringify(connections), numbers: JSON.stringify(numbers) });
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
