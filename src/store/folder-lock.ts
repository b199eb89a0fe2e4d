/** Keeps two servers from using one data folder, with a lock that the system releases when the process ends. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { resultCodeOf } from './sqlite.ts';

/** The process that holds the lock of a data folder. */
export type FolderOwner = z.infer<typeof ownerSchema>;

/** Another server uses the data folder. */
export class FolderInUseError extends Error {
  readonly folder: string;
  /** Undefined if it is unknown. */
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
 * An exclusive lock that SQLite holds on an empty file: the system releases it even after `kill -9`. A second file describes
 * the holder, so that another server can name it in its error.
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
   * Creates the folder if it is missing, and locks it.
   * @throws FolderInUseError if another server holds the lock; an error of SQLite or of the system if the folder cannot be
   * written
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

  /** The server that holds the lock of a folder; undefined where none does, or where it is not known yet. */
  static ownerOf(folder: string): FolderOwner | undefined {
    const file = join(folder, LOCK_FILE);
    if (!existsSync(file)) return undefined;
    const lock = new DatabaseSync(file);
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return undefined;
    } catch (error) {
      if (resultCodeOf(error) === SQLITE_BUSY) return readOwner(folder);
      throw error;
    } finally {
      lock.close();
    }
  }

  /** Publishes where this server listens. */
  announce(listens: string): void {
    this.#owner = { ...this.#owner, listens };
    try {
      this.#writeOwner();
    } catch {
      // The address is only a hint for the error of another server; the lock is unaffected.
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

/** A recursive `mkdir` of Node reports ENOENT whatever the cause is; a plain one reports the cause. */
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
    return undefined; // the holder has not written it yet
  }
}

/** Whether a killed process left this file behind, and the current holder has not replaced it yet. */
function isGone({ pid, host }: FolderOwner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
