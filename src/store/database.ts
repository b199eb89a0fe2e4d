/** The embedded database: SQLite in a file of the data folder, written in groups. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { type Migration, migrations } from './migrations.ts';
import { openSqlite, type StorageFault, storageFaultOf } from './sqlite.ts';
import { type RecordName, UnsavedChanges, type UnsavedLimits } from './unsaved-changes.ts';

export interface DatabaseOptions {
  /** A path, whose folder is made where it is missing, or `:memory:`. */
  file: string;
  logger: Logger;
  /** Those of `migrations.ts` by default. */
  migrations?: readonly Migration[];
  unsavedLimits?: UnsavedLimits;
}

/** Whether changes can be written to disk. */
export interface StorageState {
  /** Why they cannot; undefined while they can. */
  readonly fault: StorageFault | undefined;
  /** When the fault began, in milliseconds since 1970-01-01 UTC. */
  readonly since: number | undefined;
  /** The number of changes that are in force and wait to be written. */
  readonly unsaved: number;
  /** The number of changes that exceeded the limit of those: they are in force until the server ends. */
  readonly lost: number;
}

interface Change {
  run(sql: DatabaseSync): void;
  resolve(): void;
  reject(error: unknown): void;
  /** What happens to the change when it cannot be written. */
  readonly otherwise: { is: 'dropped' } | { is: 'retried'; record: RecordName };
}

/** The messages for a change that is in force and could not be written. */
const KEPT = 'this is in force, and is saved as soon as the disk can be written';
const LOST = 'this is in force until the server ends, as too many changes wait to be saved';
/** The time in which changes gather for one commit, in milliseconds. */
const GATHER_MS = 2;
/** The most changes in one commit. */
const GROUP_SIZE = 1000;
/** SQLite blocks the process: commits take at most one part in so many of its time. */
const BLOCKED_SHARE = 5;
/** How long another process (a backup, the audit's reader) may hold the file, in milliseconds. */
const BUSY_TIMEOUT_MS = 250;
/** The interval between attempts to write after a failure, in milliseconds. New changes are attempted at once. */
const RETRY_MS = 1000;
const UNSAVED_LIMITS = { records: 20_000, lines: 5000 };

/**
 * One connection for the whole process. Reads are answered at once and see what is committed. Changes are committed in
 * groups and are on disk when their promise resolves: they outlive the process, and the machine's power.
 */
export class Database {
  readonly #sql: DatabaseSync;
  readonly #file: string;
  readonly #logger: Logger;
  readonly #unsaved: UnsavedChanges<Change>;
  #waiting: Change[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, on the clock of `performance.now()`. */
  #dueAt = Infinity;
  /** When the next commit may begin, on the clock of `performance.now()`. */
  #notBefore = 0;
  #failure: { fault: StorageFault; since: number } | undefined;
  #lost = 0;
  #closed = false;

  private constructor(sql: DatabaseSync, { file, logger, unsavedLimits = UNSAVED_LIMITS }: DatabaseOptions) {
    this.#sql = sql;
    this.#file = file;
    this.#logger = logger;
    this.#unsaved = new UnsavedChanges(unsavedLimits);
  }

  /**
   * Opens the file and brings its tables up to date.
   * @throws NewerDatabaseError when a newer version of the server has written the file; an error of SQLite or the system
   */
  static open(options: DatabaseOptions): Database {
    const { file, migrations: steps = migrations } = options;
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return new Database(openSqlite(file, steps, BUSY_TIMEOUT_MS), options);
  }

  get storage(): StorageState {
    return {
      fault: this.#failure?.fault,
      since: this.#failure?.since,
      unsaved: this.#unsaved.size,
      lost: this.#lost,
    };
  }

  /** Asks the database at once. `query` must change nothing. */
  read<T>(query: (sql: DatabaseSync) => T): T {
    return query(this.#sql);
  }

  /**
   * Runs `change` in the next group, and resolves with what it returns once that is on disk. What it throws undoes this
   * change alone, and rejects.
   * @throws AppError `storage_unavailable` when the disk cannot be written; the change is not retried
   */
  write<T>(change: (sql: DatabaseSync) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: T;
      this.#add({
        run: (sql) => {
          result = change(sql);
        },
        resolve: () => resolve(result),
        reject,
        otherwise: { is: 'dropped' },
      });
    });
  }

  /**
   * Writes a change that is already in force in memory. If the disk cannot be written, the change is retried until it
   * succeeds, in order with the others.
   * @param record the name of the record that `change` overwrites: only the newest of several waiting changes to one record
   * is written; undefined for a change that adds a row
   * @throws AppError `storage_unavailable` when the first attempt fails
   */
  persist(record: RecordName, change: (sql: DatabaseSync) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#add({ run: change, resolve, reject, otherwise: { is: 'retried', record } });
    });
  }

  /** Commits what waits, and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    do this.#commit();
    while (!this.#failure && this.#waiting.length + this.#unsaved.size > 0);
    const lost = this.#unsaved.size + this.#lost;
    if (lost > 0) this.#logger.error({ changes: lost }, 'changes that could not be stored are lost');
    this.#sql.close();
  }

  #add(change: Change): void {
    if (this.#closed) throw new Error('the database is closed');
    this.#waiting.push(change);
    this.#schedule(GATHER_MS);
  }

  /** Commits after some milliseconds, or earlier where that was scheduled. */
  #schedule(ms: number): void {
    const dueAt = Math.max(performance.now() + ms, this.#notBefore);
    if (dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#commit(), Math.max(0, dueAt - performance.now()));
  }

  #commit(): void {
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
    const retried = this.#unsaved.first(GROUP_SIZE);
    const fresh = this.#waiting.splice(0, GROUP_SIZE - retried.length);
    const began = performance.now();
    try {
      this.#commitGroup([...retried, ...fresh]);
      this.#unsaved.removeFirst(retried.length);
      this.#recover();
    } catch (error) {
      if (this.#sql.isTransaction) this.#sql.exec('ROLLBACK');
      this.#fail([...fresh, ...this.#waiting.splice(0)], error);
    }
    const ended = performance.now();
    this.#notBefore = ended + (ended - began) * (BLOCKED_SHARE - 1);
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    if (this.#closed) return;
    if (this.#failure) {
      this.#schedule(RETRY_MS);
      this.#timer?.unref();
    } else if (this.#waiting.length + this.#unsaved.size > 0) this.#schedule(0);
  }

  /** Throws when the whole group failed. */
  #commitGroup(group: readonly Change[]): void {
    if (group.length === 0 && !this.#failure) return;
    // SQLite keeps writing to a deleted file without an error.
    if (this.#file !== ':memory:') statSync(this.#file);
    this.#sql.exec('BEGIN IMMEDIATE');
    if (this.#failure) touch(this.#sql);
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
      // On some errors, such as a full disk, SQLite rolls back the whole transaction.
      if (!this.#sql.isTransaction || storageFaultOf(error)) throw error;
      this.#sql.exec('ROLLBACK TO change; RELEASE change');
      change.reject(error);
      return false;
    }
  }

  #recover(): void {
    if (!this.#failure) return;
    this.#logger.info({ seconds: (Date.now() - this.#failure.since) / 1000 }, 'changes can be stored again');
    this.#failure = undefined;
  }

  #fail(changes: readonly Change[], error: unknown): void {
    const fault = storageFaultOf(error);
    if (!fault) {
      this.#logger.error({ err: error, changes: changes.length }, 'changes could not be stored');
      for (const change of changes) change.reject(error);
      return;
    }
    if (!this.#failure) this.#logger.error({ err: error, fault }, 'changes cannot be stored, trying again');
    this.#failure = { since: Date.now(), ...this.#failure, fault };
    for (const change of changes) this.#refuse(change, error);
  }

  #refuse(change: Change, cause: unknown): void {
    const { otherwise } = change;
    if (otherwise.is === 'dropped') {
      change.reject(new AppError('storage_unavailable', undefined, { cause }));
      return;
    }
    const reject = (error: unknown) => this.#logger.error({ err: error }, 'a change could not be stored');
    const isKept = this.#unsaved.add(otherwise.record, { ...change, resolve: () => {}, reject });
    if (!isKept && this.#lost++ === 0) {
      this.#logger.error('there is no room for more changes that wait to be stored');
    }
    change.reject(new AppError('storage_unavailable', isKept ? KEPT : LOST, { cause }));
  }
}

/** Writes a page, so that a commit without changes still tests whether the disk can be written. */
function touch(sql: DatabaseSync): void {
  const version = Number(sql.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  sql.exec(`PRAGMA user_version = ${version}`);
}
