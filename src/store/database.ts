/** The embedded database: SQLite in a file of the data folder, written in groups. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Logger } from '../lib/logger.ts';
import { type Migration, migrations } from './migrations.ts';

export interface DatabaseOptions {
  /** A path, whose folder is made where it is missing, or `:memory:`. */
  file: string;
  logger: Logger;
  /** Those of `migrations.ts` by default. */
  migrations?: readonly Migration[];
}

interface Change {
  run(sql: DatabaseSync): void;
  resolve(): void;
  reject(error: unknown): void;
}

/** The time in which changes gather for one commit, in milliseconds. */
const GATHER_MS = 2;
/** SQLite blocks the process: commits take at most one part in so many of its time. */
const BLOCKED_SHARE = 5;
/** How long another process (a backup, the audit's reader) may hold the file, in milliseconds. */
const BUSY_TIMEOUT_MS = 1000;

/**
 * One connection for the whole process. Reads are answered at once and see what is committed. Changes are committed in
 * groups and are on disk when their promise resolves: they outlive the process, and the machine's power.
 */
export class Database {
  readonly #sql: DatabaseSync;
  readonly #logger: Logger;
  #waiting: Change[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the next commit may begin, on the clock of `performance.now()`. */
  #notBefore = 0;
  #closed = false;

  private constructor(sql: DatabaseSync, logger: Logger) {
    this.#sql = sql;
    this.#logger = logger;
  }

  /**
   * Opens the file and brings its tables up to date.
   * @throws Error of SQLite, or when a newer version of the server has written the file
   */
  static open({ file, logger, migrations: steps = migrations }: DatabaseOptions): Database {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const sql = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    try {
      // FULL puts each commit on disk; without it WAL may lose the last ones with the machine's power.
      sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
      migrate(sql, steps);
    } catch (error) {
      sql.close();
      throw error;
    }
    return new Database(sql, logger);
  }

  /** Asks the database at once. `query` must change nothing. */
  read<T>(query: (sql: DatabaseSync) => T): T {
    return query(this.#sql);
  }

  /**
   * Runs `change` in the next group, and resolves with what it returns once that is on disk. What it throws undoes this
   * change alone, and rejects.
   */
  write<T>(change: (sql: DatabaseSync) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error('the database is closed');
      let result: T;
      this.#waiting.push({
        run: (sql) => {
          result = change(sql);
        },
        resolve: () => resolve(result),
        reject,
      });
      this.#timer ??= setTimeout(() => this.#commit(), this.#pause());
    });
  }

  /** Commits what waits, and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#commit();
    this.#sql.close();
  }

  /** Milliseconds until the next group may be committed. */
  #pause(): number {
    return Math.max(GATHER_MS, this.#notBefore - performance.now());
  }

  #commit(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    const began = performance.now();
    try {
      this.#commitGroup(group);
    } catch (error) {
      this.#logger.error({ err: error, changes: group.length }, 'changes could not be stored');
      if (this.#sql.isTransaction) this.#sql.exec('ROLLBACK');
      for (const change of group) change.reject(error);
    }
    const ended = performance.now();
    this.#notBefore = ended + (ended - began) * (BLOCKED_SHARE - 1);
  }

  #commitGroup(group: readonly Change[]): void {
    this.#sql.exec('BEGIN IMMEDIATE');
    const done = group.filter((change) => this.#attempt(change));
    this.#sql.exec('COMMIT');
    for (const change of done) change.resolve();
  }

  /** Runs one change; false when it failed, and is undone and rejected. */
  #attempt(change: Change): boolean {
    this.#sql.exec('SAVEPOINT change');
    try {
      change.run(this.#sql);
      this.#sql.exec('RELEASE change');
      return true;
    } catch (error) {
      if (!this.#sql.isTransaction) throw error; // as with a full disk, SQLite has undone the whole group
      this.#sql.exec('ROLLBACK TO change; RELEASE change');
      change.reject(error);
      return false;
    }
  }
}

/** Each step happens once, with its number in one transaction. SQLite keeps the last number in the file's header. */
function migrate(sql: DatabaseSync, steps: readonly Migration[]): void {
  const row = sql.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version ?? 0);
  const newest = Math.max(0, ...steps.map(({ number }) => number));
  if (version > newest) {
    throw new Error(`the database has version ${version}, and this server knows ${newest} at most`);
  }
  for (const { number, up } of steps.filter((step) => step.number > version)) {
    sql.exec(`BEGIN IMMEDIATE; ${up}; PRAGMA user_version = ${number}; COMMIT`);
  }
}
