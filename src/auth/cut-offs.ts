/** Tokens that are refused although they are valid: those of users who were removed or banned, and of rooms that ended. */
import { EventEmitter } from 'node:events';
import { AppError } from '../lib/errors.ts';
import type { Database } from '../store/database.ts';
import type { Identity } from './claims.ts';
import { EVERYBODY, type Exclusion, ExclusionTable } from './exclusions.ts';

export interface CutOffsOptions {
  /** The longest life of a token: a cut-off that is older refuses nothing that is alive. */
  maxTtlSeconds: number;
  clockToleranceSeconds: number;
  /** Users that may be removed or banned from one room. */
  maxBans: number;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

export interface Ban {
  readonly userId: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** Some of the bans of a room. */
export interface BanPage {
  bans: Ban[];
  /** The last user of this page, where there are more after it. */
  next?: string;
}

/** Whom an exclusion reaches. */
export interface Reach {
  /** Whether tokens that grant `moderate` still pass, as when a host has excluded somebody. */
  readonly sparesHosts: boolean;
}

/** How many bans are listed at once. */
const BAN_PAGE = 500;
/** How often records are looked for that are of no use any more, in milliseconds. */
const SWEEP_INTERVAL_MS = 3_600_000;

/**
 * Cut-offs and bans, read from memory. Each change counts at once, and its promise resolves when it is on disk. While the
 * disk cannot be written it rejects with `storage_unavailable`: the change counts, and is stored later. Emits `added` with
 * each new cut-off and ban, as soon as it counts.
 */
export class CutOffs extends EventEmitter<{ added: [] }> {
  readonly #options: CutOffsOptions;
  readonly #table: ExclusionTable;
  /** By room, by user: the latest `iat` that passed although it is in the future, as the clock of the issuer is ahead. */
  readonly #ahead = new Map<string, Map<string, number>>();
  readonly #timer: NodeJS.Timeout;

  /** Reads what the database has. */
  constructor(database: Database, options: CutOffsOptions) {
    super();
    this.#options = options;
    this.#table = new ExclusionTable(database);
    const sweep = () => void this.sweep().catch(() => {}); // the database has logged what is wrong
    this.#timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** Throws `banned`, or `token_revoked` for a token from before a removal, or from the same second, or without `iat`. */
  check(identity: Identity): void {
    const { room, userId, issuedAt } = identity;
    const ofUser = this.#table.get(room, userId);
    const isHost = identity.grants.has('moderate');
    if (ofUser && bans(ofUser, isHost)) throw new AppError('banned');
    const cutOffAt = Math.max(cutOffOf(ofUser, isHost), cutOffOf(this.#table.get(room, EVERYBODY), isHost));
    const issued = issuedAt === undefined ? undefined : Math.floor(issuedAt);
    if (cutOffAt >= 0 && (issued === undefined || issued <= cutOffAt)) throw new AppError('token_revoked');
    if (issued !== undefined && issued > this.#now()) this.#rememberAhead(room, userId, issued);
  }

  /**
   * Refuses the tokens that a user has for a room by now, and one from the future that has already been used.
   * Throws `limit_reached`, and changes nothing then.
   */
  cutOff(room: string, userId: string, reach: Reach): Promise<void> {
    this.#assertSpace(room, userId);
    return this.#put(room, userId, this.#cutOffUser(room, userId, reach));
  }

  /** The same for the tokens that anybody has for a room. */
  cutOffAll(room: string, reach: Reach): Promise<void> {
    return this.#put(
      room,
      EVERYBODY,
      this.#cutOff(room, EVERYBODY, reach, this.#ahead.get(room)?.values() ?? []),
    );
  }

  /** Refuses each token of a user for a room, and later ones, until `unban`. Throws `limit_reached` as `cutOff` does. */
  ban(room: string, userId: string, reach: Reach): Promise<void> {
    this.#assertSpace(room, userId);
    const before = this.#table.get(room, userId);
    const banSparesHosts = reach.sparesHosts && (before?.bannedAt === undefined || before.banSparesHosts);
    const cutOff = this.#cutOffUser(room, userId, reach);
    return this.#put(room, userId, { ...cutOff, bannedAt: this.#now(), banSparesHosts });
  }

  isBanned(room: string, userId: string): boolean {
    return this.#table.get(room, userId)?.bannedAt !== undefined;
  }

  /** Lets later tokens pass; those from before the ban stay refused. */
  async unban(room: string, userId: string): Promise<void> {
    if (this.isBanned(room, userId)) await this.#table.put(room, userId, { bannedAt: undefined });
  }

  /** A page of those who are banned from a room, in the order of their ids: the ones after a user. */
  bans(room: string, after = ''): BanPage {
    const later = [...this.#table.of(room)]
      .filter(([userId, { bannedAt }]) => bannedAt !== undefined && userId > after)
      .map(([userId, { bannedAt = 0 }]) => ({ userId, at: bannedAt * 1000 }))
      .sort((one, other) => (one.userId < other.userId ? -1 : 1));
    const bans = later.slice(0, BAN_PAGE);
    const last = bans.at(-1);
    return { bans, ...(last && later.length > BAN_PAGE && { next: last.userId }) };
  }

  /** Forgets the cut-offs that refuse no token that could be alive. Bans stay until they are lifted. */
  async sweep(): Promise<void> {
    const { maxTtlSeconds, clockToleranceSeconds } = this.#options;
    for (const [room, users] of this.#ahead) {
      for (const [userId, at] of users) if (at <= this.#now()) users.delete(userId);
      if (users.size === 0) this.#ahead.delete(room);
    }
    await this.#table.deleteOlderThan(this.#now() - maxTtlSeconds - 2 * clockToleranceSeconds);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Seconds, whole as those of `iat` mostly are. */
  #now(): number {
    return Math.floor((this.#options.now ?? Date.now)() / 1000);
  }

  #cutOffUser(room: string, userId: string, reach: Reach): Partial<Exclusion> {
    return this.#cutOff(room, userId, reach, [this.#ahead.get(room)?.get(userId) ?? -1]);
  }

  /** Never earlier than it was: our own clock may have been set back meanwhile. */
  #cutOff(room: string, userId: string, reach: Reach, ahead: Iterable<number>): Partial<Exclusion> {
    const field = reach.sparesHosts ? 'guestsCutOffAt' : 'cutOffAt';
    const before = this.#table.get(room, userId)?.[field] ?? -1;
    return { [field]: Math.max(this.#now(), before, ...ahead) };
  }

  #put(room: string, userId: string, change: Partial<Exclusion>): Promise<void> {
    const stored = this.#table.put(room, userId, change);
    this.emit('added');
    return stored;
  }

  /** Each user has one record, whatever is done how often. */
  #assertSpace(room: string, userId: string): void {
    const { maxBans } = this.#options;
    if (this.#table.get(room, userId) || this.#table.countUsers(room) < maxBans) return;
    throw new AppError('limit_reached', 'no more users can be removed or banned from this room');
  }

  #rememberAhead(room: string, userId: string, issuedAt: number): void {
    const users = this.#ahead.get(room) ?? new Map<string, number>();
    this.#ahead.set(room, users.set(userId, issuedAt));
  }
}

function bans({ bannedAt, banSparesHosts }: Exclusion, isHost: boolean): boolean {
  return bannedAt !== undefined && !(isHost && banSparesHosts);
}

/** Tokens up to this second are refused; -1 where none are. */
function cutOffOf(exclusion: Exclusion | undefined, isHost: boolean): number {
  if (!exclusion) return -1;
  return isHost ? exclusion.cutOffAt : Math.max(exclusion.cutOffAt, exclusion.guestsCutOffAt);
}
