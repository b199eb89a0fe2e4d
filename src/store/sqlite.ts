/** Opens SQLite files, and tells storage failures from faults of a statement. */
import { DatabaseSync } from 'node:sqlite';
import type { Migration } from './migrations.ts';

/** Why the disk cannot be written. `busy`: another process holds the file; `missing`: the file was deleted. */
export type StorageFault = 'full' | 'read_only' | 'missing' | 'busy' | 'failing';

/** The file was written by a newer version of this server. */
export class NewerDatabaseError extends Error {
  constructor(version: number, newest: number) {
    super(`the database has version ${version}, and this server knows ${newest} at most`);
    this.name = 'NewerDatabaseError';
  }
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that indicate a storage failure. */
const STORAGE_FAULTS: ReadonlyMap<number, StorageFault> = new Map([
  [5, 'busy'], // SQLITE_BUSY
  [7, 'failing'], // SQLITE_NOMEM
  [8, 'read_only'], // SQLITE_READONLY
  [10, 'failing'], // SQLITE_IOERR
  [11, 'failing'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'missing'], // SQLITE_CANTOPEN
  [26, 'failing'], // SQLITE_NOTADB
]);

/** The storage failure that an error stands for; undefined if the statement itself is at fault. */
export function storageFaultOf(error: unknown): StorageFault | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('syscall' in error) return 'code' in error && error.code === 'ENOENT' ? 'missing' : 'failing';
  const code = resultCodeOf(error);
  return code === undefined ? undefined : STORAGE_FAULTS.get(code);
}

/** The primary result code of an error of SQLite; undefined for other errors. */
export function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/**
 * Opens a file and brings its tables up to date.
 * @param busyTimeoutMs how long another process may hold the file
 * @throws NewerDatabaseError, or an error of SQLite
 */
export function openSqlite(file: string, steps: readonly Migration[], busyTimeoutMs: number): DatabaseSync {
  const sql = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    // FULL puts each commit on disk; without it WAL may lose the last ones with the machine's power.
    sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    migrate(sql, steps);
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** Each step happens once, with its number in one transaction. SQLite keeps the last number in the file's header. */
function migrate(sql: DatabaseSync, steps: readonly Migration[]): void {
  const row = sql.prepare('PRAGMA user_version').get();
  const version = Number(row?.user_version ?? 0);
  const newest = Math.max(0, ...steps.map(({ number }) => number));
  if (version > newest) throw new NewerDatabaseError(version, newest);
  for (const { number, up } of steps.filter((step) => step.number > version)) {
    sql.exec(`BEGIN IMMEDIATE; ${up}; PRAGMA user_version = ${number}; COMMIT`);
  }
}
