/** Tokens that are refused although they are good: those of users who were removed or banned, and of rooms that ended. */
import { EventEmitter } from 'node:events';
import { AppError } from '../lib/errors.ts';
import type { Database } from '../store/database.ts';
import type { Identity } from './claims.ts';

export interface CutOffsOptions {
  /** The longest life of a token: a cut-off that is older refuses nothing that is alive. */
  maxTtlSeconds: number;
  clockToleranceSeconds: number;
  /** Users that may be banned from one room. */
  maxBans: number;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

export interface Ban {
  readonly userId: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** Stands for all users of a room; no user has an empty name. */
const EVERYBODY = '';
/** How often records are looked for that are of no use any more, in milliseconds. */
const SWEEP_INTERVAL_MS = 3_600_000;

/** By room, by user: seconds since 1970-01-01 UTC. */
type Records = Map<string, Map<string, number>>;

/**
 * Cut-offs and bans, read from memory. Each change counts at once, and its promise resolves when it is on disk. While the
 * disk cannot be written it rejects with `storage_unavailable`: the change counts, and is stored later. Emits `added` with
 * each new cut-off and ban, as soon as it counts.
 */
export class CutOffs extends EventEmitter<{ added: [] }> {
  readonly #database: Database;
  readonly #options: CutOffsOptions;
  readonly #cutOffs: Records;
  readonly #bans: Records;
  /** The latest `iat` that passed although it was still to come, as the clock of the one who minted is ahead. */
  readonly #ahead: Records = new Map();
  readonly #timer: NodeJS.Timeout;

  /** Reads what the database has. */
  constructor(database: Database, options: CutOffsOptions) {
    super();
    this.#database = database;
    this.#options = options;
    this.#cutOffs = load(database, 'cut_offs');
    this.#bans = load(database, 'bans');
    const sweep = () => void this.sweep().catch(() => {}); // the database has said what is wrong
    this.#timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** Throws `banned`, or `token_revoked` for a token from before a removal, or from the same second, or without `iat`. */
  check({ room, userId, issuedAt }: Identity): void {
    if (this.isBanned(room, userId)) throw new AppError('banned');
    const cutOff = latest(this.#cutOffs, room, [userId, EVERYBODY]);
    const issued = issuedAt === undefined ? undefined : Math.floor(issuedAt);
    if (cutOff >= 0 && (issued === undefined || issued <= cutOff)) throw new AppError('token_revoked');
    if (issued !== undefined && issued > this.#now()) put(this.#ahead, room, userId, issued);
  }

  /** Refuses the tokens that a user has for a room by now, also one that has come in with an `iat` still to come. */
  cutOff(room: string, userId: string): Promise<void> {
    return this.#cutOff(room, userId, [userId]);
  }

  /** The same for the tokens that anybody has for a room. */
  cutOffAll(room: string): Promise<void> {
    return this.#cutOff(room, EVERYBODY, this.#ahead.get(room)?.keys() ?? []);
  }

  /**
   * Refuses each token of a user for a room, also later ones, until `unban`. Throws `limit_reached` at once, when nothing
   * has changed yet.
   */
  ban(room: string, userId: string): Promise<void> {
    const banned = this.#bans.get(room);
    if (banned && !banned.has(userId) && banned.size >= this.#options.maxBans) {
      throw new AppError('limit_reached', 'no more users can be banned from this room');
    }
    const stored = [this.#put('bans', room, userId, this.#now()), this.cutOff(room, userId)];
    return Promise.all(stored).then(() => {});
  }

  isBanned(room: string, userId: string): boolean {
    return this.#bans.get(room)?.has(userId) ?? false;
  }

  /** Lets later tokens pass; those from before the ban stay refused. */
  async unban(room: string, userId: string): Promise<void> {
    forget(this.#bans, room, userId);
    await this.#database.persist(nameOf('bans', room, userId), (sql) => {
      sql.prepare('DELETE FROM bans WHERE room = ? AND user_id = ?').run(room, userId);
    });
  }

  /** Who is banned from a room. */
  bans(room: string): Ban[] {
    return [...(this.#bans.get(room) ?? [])].map(([userId, at]) => ({ userId, at: at * 1000 }));
  }

  /** Forgets the cut-offs that refuse no token that could be alive. Bans stay until they are lifted. */
  async sweep(): Promise<void> {
    const { maxTtlSeconds, clockToleranceSeconds } = this.#options;
    const dead = this.#now() - maxTtlSeconds - 2 * clockToleranceSeconds;
    for (const [room, users] of this.#cutOffs) {
      for (const [userId, at] of users) if (at < dead) forget(this.#cutOffs, room, userId);
    }
    for (const [room, users] of this.#ahead) {
      for (const [userId, at] of users) if (at <= this.#now()) forget(this.#ahead, room, userId);
    }
    await this.#database.write((sql) => {
      sql.prepare('DELETE FROM cut_offs WHERE at < ?').run(dead);
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Seconds, whole as those of `iat` mostly are. */
  #now(): number {
    return Math.floor((this.#options.now ?? Date.now)() / 1000);
  }

  /** Never earlier than it was: our own clock may have been set back meanwhile. */
  #cutOff(room: string, userId: string, users: Iterable<string>): Promise<void> {
    const before = latest(this.#cutOffs, room, [userId]);
    const at = Math.max(this.#now(), before, latest(this.#ahead, room, users));
    return this.#put('cut_offs', room, userId, at);
  }

  async #put(table: 'cut_offs' | 'bans', room: string, userId: string, at: number): Promise<void> {
    put(table === 'bans' ? this.#bans : this.#cutOffs, room, userId, at);
    this.emit('added');
    await this.#database.persist(nameOf(table, room, userId), (sql) => {
      sql
        .prepare(`INSERT OR REPLACE INTO ${table} (room, user_id, at) VALUES (?, ?, ?)`)
        .run(room, userId, at);
    });
  }
}

/** Names a record, so that a later change to it takes the place of one that could not be stored yet. */
function nameOf(table: 'cut_offs' | 'bans', room: string, userId: string): string {
  return JSON.stringify([table, room, userId]);
}

function load(database: Database, table: 'cut_offs' | 'bans'): Records {
  const records: Records = new Map();
  const rows = database.read((sql) => sql.prepare(`SELECT room, user_id, at FROM ${table}`).all());
  for (const { room, user_id, at } of rows) put(records, String(room), String(user_id), Number(at));
  return records;
}

function put(records: Records, room: string, userId: string, at: number): void {
  const users = records.get(room) ?? new Map<string, number>();
  records.set(room, users.set(userId, at));
}

/** The latest of these users' records; -1 where there is none. */
function latest(records: Records, room: string, users: Iterable<string>): number {
  const ofRoom = records.get(room);
  return ofRoom ? Math.max(-1, ...[...users].map((userId) => ofRoom.get(userId) ?? -1)) : -1;
}

function forget(records: Records, room: string, userId: string): void {
  const users = records.get(room);
  users?.delete(userId);
  if (users?.size === 0) records.delete(room);
}
