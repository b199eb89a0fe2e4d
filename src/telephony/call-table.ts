/** The calls in the database: what their events say by now, kept up to date with each event. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredEvent } from './call-event.ts';
import { type CallFilter, partiesFor, partiesOf } from './call-filter.ts';
import {
  addToLeg,
  type Call,
  callOf,
  type LegRecord,
  type RecordingRecord,
  recordingOf,
} from './call-state.ts';

export interface CallQuery {
  /** Which legs are read; undefined for all. */
  filter: CallFilter | undefined;
  /** Only calls whose last event has a lower number than this one. */
  before?: number | undefined;
  limit: number;
}

/** Calls, the one that was heard of last first. */
export interface CallPage {
  calls: Call[];
  /** The `before` of the next page; undefined on the last one. */
  next: number | undefined;
}

/** How many legs, and how many recordings, are read of one call. */
const MAX_PARTS = 100;
/** How many calls are kept in memory after they were read: agents ask for the same ones again and again. */
const MAX_CACHED = 500;

/** Where a call stands in the order of the last events. */
interface Place {
  id: string;
  seq: number;
}

/** What is stored of a call, up to the event with the number `seq`. */
interface StoredCall {
  readonly seq: number;
  readonly legs: ReadonlyMap<string, LegRecord>;
  readonly recordings: readonly StoredRecording[];
  /** The call for those who may read all of it. */
  readonly whole: Call;
}

interface StoredRecording {
  readonly legId: string | null;
  /** Whom its event concerns, where it has no leg. */
  readonly parties: readonly string[];
  readonly record: RecordingRecord;
}

export class CallTable {
  /** By id, the one that was read last at the end. */
  readonly #cache = new Map<string, StoredCall>();
  readonly #upsertCall: StatementSync;
  readonly #moveParties: StatementSync;
  readonly #insertParty: StatementSync;
  readonly #leg: StatementSync;
  readonly #upsertLeg: StatementSync;
  readonly #insertRecording: StatementSync;
  readonly #latest: StatementSync;
  readonly #latestOfParty: StatementSync;
  readonly #legs: StatementSync;
  readonly #recordings: StatementSync;
  readonly #deleteOlder: StatementSync;

  constructor(sql: DatabaseSync) {
    this.#upsertCall = sql.prepare(
      `INSERT INTO calls (id, last_seq, heard_at) VALUES (:id, :seq, :now)
         ON CONFLICT (id) DO UPDATE SET last_seq = :seq, heard_at = :now`,
    );
    this.#moveParties = sql.prepare('UPDATE call_parties SET last_seq = :seq WHERE call_id = :id');
    this.#insertParty = sql.prepare('INSERT INTO call_parties VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.#leg = sql.prepare('SELECT record FROM call_legs WHERE call_id = ? AND leg_id = ?');
    this.#upsertLeg = sql.prepare(
      `INSERT INTO call_legs VALUES (:id, :leg, :record)
         ON CONFLICT (call_id, leg_id) DO UPDATE SET record = :record`,
    );
    this.#insertRecording = sql.prepare('INSERT INTO call_recordings VALUES (?, ?, ?, ?, ?)');
    const newestFirst = 'AND last_seq < ? ORDER BY last_seq DESC LIMIT ?';
    this.#latest = sql.prepare(`SELECT id, last_seq FROM calls WHERE true ${newestFirst}`);
    this.#latestOfParty = sql.prepare(
      `SELECT call_id AS id, last_seq FROM call_parties WHERE party = ? ${newestFirst}`,
    );
    this.#legs = sql.prepare(`SELECT leg_id, record FROM call_legs WHERE call_id = ? LIMIT ${MAX_PARTS}`);
    this.#recordings = sql.prepare(
      `SELECT leg_id, parties, record FROM call_recordings WHERE call_id = ? ORDER BY seq DESC LIMIT ${MAX_PARTS}`,
    );
    this.#deleteOlder = sql.prepare(
      'DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE heard_at < ? ORDER BY heard_at LIMIT ?)',
    );
  }

  /**
   * Adds what an event says to its call. An event without a call says nothing here.
   * @param now when it came, in milliseconds since 1970-01-01 UTC
   */
  add(event: StoredEvent, now: number): void {
    const { callId: id, legId, seq } = event;
    if (id === null) return;
    const parties = partiesOf(event);
    this.#upsertCall.run({ id, seq, now });
    this.#moveParties.run({ id, seq });
    for (const party of parties) this.#insertParty.run(id, party, seq);
    if (legId !== null) this.#addToLeg(id, legId, event);
    const recording = recordingOf(event);
    if (!recording) return;
    this.#insertRecording.run(id, seq, legId, JSON.stringify(parties), JSON.stringify(recording));
  }

  /** The calls that were heard of last, and of each the legs that a filter lets through. */
  page({ filter, before = Number.MAX_SAFE_INTEGER, limit }: CallQuery): CallPage {
    const allowed = filter && partiesFor(filter);
    const places = allowed
      ? this.#placesOf(allowed, before, limit + 1)
      : placesIn(this.#latest.all(before, limit + 1));
    const page = places.slice(0, limit);
    return {
      calls: page.map((place) => this.#read(place, allowed)),
      next: places.length > limit ? page.at(-1)?.seq : undefined,
    };
  }

  /** Deletes calls that were last heard of before a time, at most `count`. Returns how many. */
  deleteOlder(than: number, count: number): number {
    return Number(this.#deleteOlder.run(than, count).changes);
  }

  #addToLeg(id: string, leg: string, event: StoredEvent): void {
    const known = this.#leg.get(id, leg);
    const record = addToLeg(known && parseJson<LegRecord>(known.record), event);
    this.#upsertLeg.run({ id, leg, record: JSON.stringify(record) });
  }

  /** The newest calls of several parties: the newest of each, from the index, and of these the newest. */
  #placesOf(parties: ReadonlySet<string>, before: number, limit: number): Place[] {
    const places = new Map<string, Place>();
    for (const party of parties) {
      for (const place of placesIn(this.#latestOfParty.all(party, before, limit)))
        places.set(place.id, place);
    }
    return [...places.values()].sort((one, other) => other.seq - one.seq).slice(0, limit);
  }

  /** @param allowed whose legs are read; undefined for all */
  #read(place: Place, allowed: ReadonlySet<string> | undefined): Call {
    const stored = this.#stored(place);
    if (!allowed) return stored.whole;
    const isAllowed = (parties: readonly string[]) => parties.some((party) => allowed.has(party));
    const legs = new Map([...stored.legs].filter(([, { parties }]) => isAllowed(parties)));
    const recordings = stored.recordings.filter(({ legId, parties }) =>
      legId === null ? isAllowed(parties) : legs.has(legId),
    );
    return callOf(place.id, legs, recordings.map(recordOf));
  }

  /** Each event of a call gives it another number, so that what was read before is known to be old. */
  #stored({ id, seq }: Place): StoredCall {
    const cached = this.#cache.get(id);
    const stored = cached?.seq === seq ? cached : this.#readStored(id, seq);
    this.#cache.delete(id);
    this.#cache.set(id, stored);
    const [oldest = id] = this.#cache.keys();
    if (this.#cache.size > MAX_CACHED) this.#cache.delete(oldest);
    return stored;
  }

  #readStored(id: string, seq: number): StoredCall {
    const legs = new Map(
      this.#legs.all(id).map(({ leg_id, record }) => [String(leg_id), parseJson<LegRecord>(record)]),
    );
    const recordings = this.#recordings.all(id).map(({ leg_id, parties, record }) => ({
      legId: leg_id === null ? null : String(leg_id),
      parties: parseJson<string[]>(parties),
      record: parseJson<RecordingRecord>(record),
    }));
    const known = recordings.filter(({ legId }) => legId === null || legs.has(legId));
    return { seq, legs, recordings, whole: callOf(id, legs, known.map(recordOf)) };
  }
}

function recordOf({ record }: StoredRecording): RecordingRecord {
  return record;
}

function placesIn(rows: Record<string, unknown>[]): Place[] {
  return rows.map(({ id, last_seq }) => ({ id: String(id), seq: Number(last_seq) }));
}

/** What this table has written itself. */
function parseJson<T>(text: unknown): T {
  return JSON.parse(String(text));
}
