/** The audit: facts in the log and in the database, to be read by time, room and user. */
import type { DatabaseSync } from 'node:sqlite';
import type { Fact } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import type { Database } from './database.ts';

export interface AuditOptions {
  database: Database;
  logger: Logger;
  /** How long lines are kept. */
  keepDays: number;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

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
  /** The last ones where there are more; 1000 by default. */
  readonly limit?: number;
}

/** What anybody can cause, with or without a token. */
const OF_STRANGERS: ReadonlySet<string> = new Set(['token-refused', 'limit-reached', 'webhook-refused']);
/** Lines of one kind in a minute; of what comes beyond only the count is kept, so that nobody fills the disk. */
const MAX_PER_MINUTE = { strangers: 60, others: 6000 };
/** Lines altogether: some hundred bytes each. The oldest go first. */
const MAX_LINES = 2_000_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Writes facts, without anybody waiting for it, and forgets old ones. */
export class Audit {
  readonly #options: AuditOptions;
  readonly #now: () => number;
  /** Lines of this minute, by kind. */
  readonly #counts = new Map<string, number>();
  readonly #minute: NodeJS.Timeout;
  readonly #day: NodeJS.Timeout;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#minute = setInterval(() => this.#nextMinute(), MINUTE_MS).unref();
    this.#day = setInterval(() => this.sweep(), DAY_MS).unref();
    this.sweep();
  }

  /** A `Journal`. */
  readonly note = (fact: Fact): void => {
    const count = (this.#counts.get(fact.kind) ?? 0) + 1;
    this.#counts.set(fact.kind, count);
    if (count <= maxPerMinute(fact.kind)) this.#write(fact);
  };

  /** The lines that fit, oldest first. What was told of in the last milliseconds may be missing. */
  read(query: AuditQuery): AuditLine[] {
    return this.#options.database.read((sql) => readAudit(sql, query));
  }

  /** Forgets lines that are older than they are kept. */
  sweep(): void {
    const before = this.#now() - this.#options.keepDays * DAY_MS;
    const deletion = this.#options.database.write((sql) => {
      sql.prepare('DELETE FROM audit WHERE at < ?').run(before);
      sql.prepare('DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?').run(MAX_LINES);
    });
    ignoreFailure(deletion);
  }

  close(): void {
    this.#nextMinute();
    clearInterval(this.#minute);
    clearInterval(this.#day);
  }

  #write(fact: Fact): void {
    this.#options.logger.info({ audit: true, ...fact }, 'audit');
    const { kind, room = null, user = null, actor = null, target = null, detail } = fact;
    const values = [kind, room, user, actor, target, detail ? JSON.stringify(detail) : null];
    const at = this.#now();
    const insert =
      'INSERT INTO audit (at, kind, room, user_id, actor, target, detail) VALUES (?, ?, ?, ?, ?, ?, ?)';
    ignoreFailure(this.#options.database.persist(undefined, (sql) => sql.prepare(insert).run(at, ...values)));
  }

  #nextMinute(): void {
    for (const [kind, count] of this.#counts) {
      const more = count - maxPerMinute(kind);
      if (more > 0) this.#write({ kind, detail: { more } });
    }
    this.#counts.clear();
  }
}

/** The database logs what it cannot store, and lines that it keeps for later are in the log already. */
function ignoreFailure(stored: Promise<unknown>): void {
  stored.catch(() => {});
}

function maxPerMinute(kind: string): number {
  return OF_STRANGERS.has(kind) ? MAX_PER_MINUTE.strangers : MAX_PER_MINUTE.others;
}

/** The lines of the audit that fit, oldest first. */
export function readAudit(sql: DatabaseSync, query: AuditQuery): AuditLine[] {
  const { since, until, room, user, kind, limit = 1000 } = query;
  const conditions = [
    { text: 'at >= ?', value: since },
    { text: 'at < ?', value: until },
    { text: 'room = ?', value: room },
    { text: 'user_id = ?', value: user },
    { text: 'kind = ?', value: kind },
  ].filter(({ value }) => value !== undefined);
  const where = ['1', ...conditions.map(({ text }) => text)].join(' AND ');
  const values = conditions.map(({ value }) => value ?? null);
  const rows = sql
    .prepare(`SELECT * FROM audit WHERE ${where} ORDER BY id DESC LIMIT ?`)
    .all(...values, limit);
  return rows.reverse().map(lineOf);
}

function lineOf(row: Record<string, unknown>): AuditLine {
  const { at, kind, detail, room, user_id: user, actor, target } = row;
  const texts = Object.entries({ room, user, actor, target }).filter(([, text]) => text !== null);
  return {
    at: Number(at),
    kind: String(kind),
    ...Object.fromEntries(texts.map(([name, text]) => [name, String(text)])),
    ...(detail !== null && { detail: JSON.parse(String(detail)) }),
  };
}
