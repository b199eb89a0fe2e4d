/** The lines of the audit in the database. Each statement here touches a bounded number of rows. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Fact } from '../lib/journal.ts';
import { KINDS_OF_STRANGERS } from './audit-minute.ts';

/** One line of the audit. */
export interface AuditLine extends Fact {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

export interface AuditQuery {
  /** Milliseconds since 1970-01-01 UTC: from the first on, up to and without the second. */
  readonly since?: number;
  readonly until?: number;
  readonly room?: string;
  readonly user?: string;
  readonly kind?: string;
  /** As the lines have it: `user:<id>`, `backend:<name>` or `operator`. */
  readonly actor?: string;
  /** Only lines about rooms whose names begin with this; the empty string for all lines about rooms. */
  readonly roomPrefix?: string;
  /** How many lines are read at most, the newest; 1000 by default. */
  readonly limit?: number;
}

/** How many lines there may be. */
export interface AuditLimits {
  readonly lines: number;
  /** Of these, how many of each kind that anybody can cause. */
  readonly linesOfStrangers: number;
}

/** Each line has some hundred bytes. */
const LIMITS: AuditLimits = { lines: 2_000_000, linesOfStrangers: 200_000 };
/** How many rows are read at once. */
const PAGE = 500;

/**
 * Adds lines and deletes those that are too old or too many. When there are too many, the oldest line of the kind that has
 * most lines goes: a flood of one kind pushes out nothing but itself.
 */
export class AuditTable {
  readonly #limits: AuditLimits;
  readonly #insert: StatementSync;
  readonly #count: StatementSync;
  readonly #counts: StatementSync;
  readonly #deleteOlder: StatementSync;
  readonly #deleteOfKind: StatementSync;

  constructor(sql: DatabaseSync, limits: AuditLimits = LIMITS) {
    this.#limits = limits;
    this.#insert = sql.prepare(
      'INSERT INTO audit (at, kind, room, user_id, actor, target, detail) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#count = sql.prepare(
      `INSERT INTO audit_counts (kind, lines) VALUES (:kind, :more)
         ON CONFLICT (kind) DO UPDATE SET lines = lines + :more`,
    );
    this.#counts = sql.prepare('SELECT kind, lines FROM audit_counts ORDER BY lines DESC');
    const oldest = (where: string) => `SELECT id FROM audit WHERE ${where} ORDER BY at, id LIMIT ?`;
    this.#deleteOlder = sql.prepare(`DELETE FROM audit WHERE id IN (${oldest('at < ?')}) RETURNING kind`);
    this.#deleteOfKind = sql.prepare(`DELETE FROM audit WHERE id IN (${oldest('kind = ?')})`);
  }

  add({ at, kind, room, user, actor, target, detail }: AuditLine): void {
    const texts = [room, user, actor, target, detail && JSON.stringify(detail)];
    this.#insert.run(at, kind, ...texts.map((text) => text ?? null));
    this.#count.run({ kind, more: 1 });
  }

  /** Deletes lines from before a time, at most `count`. Returns how many. */
  deleteOlder(than: number, count: number): number {
    const deleted = this.#deleteOlder.all(than, count);
    for (const [kind, lines] of Map.groupBy(deleted, (row) => String(row.kind))) {
      this.#count.run({ kind, more: -lines.length });
    }
    return deleted.length;
  }

  /** Deletes lines that are too many, at most `count` and of one kind. Returns how many. */
  deleteExcess(count: number): number {
    const excess = this.#findExcess();
    if (!excess) return 0;
    const { changes } = this.#deleteOfKind.run(excess.kind, Math.min(count, excess.lines));
    this.#count.run({ kind: excess.kind, more: -Number(changes) });
    return Number(changes);
  }

  /** The kind that has too many lines, and how many of them are too many. */
  #findExcess(): { kind: string; lines: number } | undefined {
    const counts = this.#counts.all().map((row) => ({ kind: String(row.kind), lines: Number(row.lines) }));
    const { lines: most, linesOfStrangers } = this.#limits;
    const ofStrangers = counts.find(
      ({ kind, lines }) => KINDS_OF_STRANGERS.has(kind) && lines > linesOfStrangers,
    );
    if (ofStrangers) return { kind: ofStrangers.kind, lines: ofStrangers.lines - linesOfStrangers };
    const total = counts.reduce((sum, { lines }) => sum + lines, 0);
    const [largest] = counts;
    return largest && total > most ? { kind: largest.kind, lines: total - most } : undefined;
  }
}

/** Where a list of lines goes on: behind this one, which is newer. */
export interface AuditPlace {
  readonly at: number;
  readonly id: number;
}

/** One step through the audit, from the newest line to the oldest. */
export interface AuditPage {
  /** Those that fit, at most as many as were wanted; there may be none although older ones fit. */
  readonly lines: AuditLine[];
  /** Where the next step begins; undefined at the end. */
  readonly next: AuditPlace | undefined;
}

/** Reads one page with one search of an index. */
export function readAuditPage(
  sql: DatabaseSync,
  query: AuditQuery,
  { before, limit }: { before?: AuditPlace | undefined; limit: number },
): AuditPage {
  const { since = 0, until = Number.MAX_SAFE_INTEGER } = query;
  const [name] = indexFor(query);
  const value = name && { value: query[name] ?? null };
  const place = before ?? { at: until, id: 0 };
  const rows = sql.prepare(searchFor(query)).all({ ...value, since, at: place.at, id: place.id });
  const lines: AuditLine[] = [];
  for (const row of rows) {
    const line = lineOf(row);
    if (fits(line, query)) lines.push(line);
    const next = { at: Number(row.at), id: Number(row.id) };
    if (lines.length === limit) return { lines, next };
  }
  const last = rows.at(-1);
  const next = last && rows.length === PAGE ? { at: Number(last.at), id: Number(last.id) } : undefined;
  return { lines, next };
}

/** The lines that fit, newest first, in pages, which may be empty where few lines fit. */
export function* auditPages(sql: DatabaseSync, query: AuditQuery): Generator<AuditLine[]> {
  const { limit = 1000 } = query;
  let before: AuditPlace | undefined;
  for (let left = limit; left > 0; ) {
    const { lines, next } = readAuditPage(sql, query, { before, limit: left });
    yield lines;
    left -= lines.length;
    if (!next) return;
    before = next;
  }
}

/** The lines that fit, oldest first. This may take seconds; a server reads pages. */
export function readAudit(sql: DatabaseSync, query: AuditQuery): AuditLine[] {
  return [...auditPages(sql, query)].flat().reverse();
}

/** The index that is searched is the first of these that a query names. */
const INDEXED = [
  ['user', 'user_id'],
  ['room', 'room'],
  ['kind', 'kind'],
] as const;

/** The column with the index, and its name in a query; none where only the time is asked for. */
function indexFor(query: AuditQuery) {
  return INDEXED.find(([name]) => query[name] !== undefined) ?? [];
}

/** The statement that reads one page. */
export function searchFor(query: AuditQuery): string {
  const [, column] = indexFor(query);
  return `SELECT * FROM audit WHERE ${column ? `${column} = :value AND ` : ''}at >= :since AND (at, id) < (:at, :id)
            ORDER BY at DESC, id DESC LIMIT ${PAGE}`;
}

function fits(line: AuditLine, query: AuditQuery): boolean {
  const { actor, roomPrefix } = query;
  if (actor !== undefined && line.actor !== actor) return false;
  if (roomPrefix !== undefined && !line.room?.startsWith(roomPrefix)) return false;
  return INDEXED.every(([name]) => query[name] === undefined || line[name] === query[name]);
}

function lineOf(row: Record<string, SQLOutputValue>): AuditLine {
  const { at, kind, detail, room, user_id: user, actor, target } = row;
  const texts = Object.entries({ room, user, actor, target }).filter(([, text]) => text !== null);
  return {
    at: Number(at),
    kind: String(kind),
    ...Object.fromEntries(texts.map(([name, text]) => [name, String(text)])),
    ...(detail !== null && { detail: JSON.parse(String(detail)) }),
  };
}
