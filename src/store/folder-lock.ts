/** One server for each data folder: a lock that ends with its process, however that ends. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { resultCodeOf } from './sqlite.ts';

/** The server that uses a data folder. */
export type FolderOwner = z.infer<typeof ownerSchema>;

/** Another server uses the data folder. */
export class FolderInUseError extends Error {
  readonly folder: string;
  /** Undefined where it could not be read who that is. */
  readonly owner: FolderOwner | undefined;

  constructor(folder: string, owner: FolderOwner | undefined) {
    super(`another server uses ${folder}`);
    this.name = 'FolderInUseError';
    this.folder = folder;
    this.owner = owner;
  }
}

const LOCK_FILE = 'aq-server.lock';
const OWNER_FILE = 'aq-server.owner.json';
/** SQLITE_BUSY (https://sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;

const ownerSchema = z.object({
  pid: z.int().positive(),
  /** The name of its machine, or of its container. */
  host: z.string(),
  /** When it started, in ISO 8601. */
  since: z.string(),
  /** Where it listens, once it does. */
  listens: z.string().optional(),
});

/**
 * The lock of SQLite on an empty file, which the system takes back when the process ends. Beside it a file says who has
 * it, for those who come second.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #lock: DatabaseSync;
  #owner: FolderOwner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };

  private constructor(folder: string, lock: DatabaseSync) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /**
   * Locks a folder, which is made where it is missing.
   * @throws FolderInUseError, or an error of SQLite or of the system where the folder cannot be written
   */
  static acquire(folder: string): FolderLock {
    makeFolder(folder);
    const lock = new DatabaseSync(join(folder, LOCK_FILE));
    try {
      lock.exec('BEGIN EXCLUSIVE');
      const acquired = new FolderLock(folder, lock);
      acquired.#writeOwner();
      return acquired;
    } catch (error) {
      lock.close();
      throw resultCodeOf(error) === SQLITE_BUSY ? new FolderInUseError(folder, readOwner(folder)) : error;
    }
  }

  /** Tells those who come second where this server listens, where that can be written. */
  announce(listens: string): void {
    this.#owner = { ...this.#owner, listens };
    try {
      this.#writeOwner();
    } catch {
      // The lock holds all the same.
    }
  }

  release(): void {
    if (!this.#lock.isOpen) return;
    rmSync(join(this.#folder, OWNER_FILE), { force: true });
    this.#lock.close();
  }

  #writeOwner(): void {
    const file = join(this.#folder, OWNER_FILE);
    writeFileSync(`${file}.new`, `${JSON.stringify(this.#owner)}\n`);
    renameSync(`${file}.new`, file);
  }
}

/** Where Node cannot make a folder and its parents it answers ENOENT, whatever the reason: making the one alone tells. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    mkdirSync(folder, { mode: 0o700 });
  }
}

function readOwner(folder: string): FolderOwner | undefined {
  try {
    const owner = ownerSchema.parse(JSON.parse(readFileSync(join(folder, OWNER_FILE), 'utf8')));
    return isGone(owner) ? undefined : owner;
  } catch {
    return undefined; // it is being written at this moment
  }
}

/** Whether it was left behind by a process that was killed: the next one has the lock, and has not written yet. */
function isGone({ pid, host }: FolderOwner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
