/** The audit: facts in the log and in the database, to be read by time, room and user. */
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Fact } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { AuditMinute } from './audit-minute.ts';
import {
  type AuditLimits,
  type AuditLine,
  type AuditPage,
  type AuditPlace,
  type AuditQuery,
  AuditTable,
  auditPages,
  readAuditPage,
} from './audit-table.ts';
import type { Database } from './database.ts';
import { sweepInSteps } from './sweep.ts';

export interface AuditOptions {
  database: Database;
  logger: Logger;
  /** How long lines are kept. */
  keepDays: number;
  limits?: AuditLimits;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How many pages one call reads at most. */
const MAX_STEPS = 40;
/** How many lines are deleted at once when they are old. */
const SWEEP_STEP = 200;
/** How many lines are deleted at most with each one that is added: an audit that is too long gets shorter. */
const ADD_STEP = 2;

/** Writes facts, without anybody waiting for it, and deletes old ones. */
export class Audit {
  readonly #options: AuditOptions;
  readonly #now: () => number;
  readonly #table: AuditTable;
  readonly #minute = new AuditMinute();
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#table = options.database.read((sql) => new AuditTable(sql, options.limits));
    this.#timer = setInterval(() => this.#nextMinute(), MINUTE_MS).unref();
    ignoreFailure(this.sweep());
  }

  /** A `Journal`. */
  readonly note = (fact: Fact): void => {
    if (this.#minute.admit(fact)) this.#write(fact);
  };

  /** The lines that fit, oldest first. What was told of in the last milliseconds may be missing. */
  async read(query: AuditQuery): Promise<AuditLine[]> {
    const pages: AuditLine[][] = [];
    for (const page of this.#options.database.read((sql) => auditPages(sql, query))) {
      pages.push(page);
      await nextTick();
    }
    return pages.flat().reverse();
  }

  /**
   * The lines that fit behind a place, newest first, at most `limit`. There may be fewer, or none, although older ones fit, as one
   * call looks through a bounded number of lines: the list ends where `next` is undefined.
   */
  async readPage(query: AuditQuery, limit: number, from?: AuditPlace): Promise<AuditPage> {
    const lines: AuditLine[] = [];
    let before = from;
    for (let step = 0; step < MAX_STEPS; step++) {
      const left = { before, limit: limit - lines.length };
      const page = this.#options.database.read((sql) => readAuditPage(sql, query, left));
      lines.push(...page.lines);
      before = page.next;
      if (!before || lines.length === limit) break;
      await nextTick();
    }
    return { lines, next: before };
  }

  /** Deletes the lines that are older than they are kept, and those that are too many, in small steps. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepAll().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  close(): void {
    for (const summary of this.#minute.next()) this.#write(summary);
    clearInterval(this.#timer);
  }

  #sweepAll(): Promise<void> {
    const { database, keepDays } = this.#options;
    const before = this.#now() - keepDays * DAY_MS;
    return sweepInSteps(
      database,
      () => this.#table.deleteOlder(before, SWEEP_STEP) + this.#table.deleteExcess(SWEEP_STEP),
    );
  }

  #nextMinute(): void {
    for (const summary of this.#minute.next()) this.#write(summary);
    ignoreFailure(this.sweep());
  }

  #write(fact: Fact): void {
    this.#options.logger.info({ audit: true, ...fact }, 'audit');
    const line = { at: this.#now(), ...fact };
    const stored = this.#options.database.persist(undefined, () => {
      this.#table.add(line);
      this.#table.deleteExcess(ADD_STEP);
    });
    ignoreFailure(stored);
  }
}

/** The database logs what it cannot store, and lines that it keeps for later are in the log already. */
function ignoreFailure(stored: Promise<unknown>): void {
  stored.catch(() => {});
}
