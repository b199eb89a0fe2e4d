/** The records of those who are excluded from rooms, in memory and in the database. */
import type { Database } from '../store/database.ts';

/** What is remembered of one user in one room. Times in seconds since 1970-01-01 UTC. */
export interface Exclusion {
  /** Tokens up to this second are refused; -1 for none. */
  readonly cutOffAt: number;
  /** The same for tokens without the grant `moderate`. */
  readonly guestsCutOffAt: number;
  readonly bannedAt: number | undefined;
  /** Whether the ban lets tokens pass that grant `moderate`. */
  readonly banSparesHosts: boolean;
}

/** Stands for all users of a room; no user has an empty name. */
export const EVERYBODY = '';

const NOTHING: Exclusion = {
  cutOffAt: -1,
  guestsCutOffAt: -1,
  bannedAt: undefined,
  banSparesHosts: false,
};

/** Read from memory. A change counts at once, and its promise resolves when it is on disk, as `Database.persist` says. */
export class ExclusionTable {
  readonly #database: Database;
  /** By room, by user. */
  readonly #rooms = new Map<string, Map<string, Exclusion>>();

  constructor(database: Database) {
    this.#database = database;
    const rows = database.read((sql) => sql.prepare('SELECT * FROM exclusions').all());
    for (const { room, user_id, cut_off_at, guests_cut_off_at, banned_at, ban_spares_hosts } of rows) {
      this.#ofRoom(String(room)).set(String(user_id), {
        cutOffAt: Number(cut_off_at),
        guestsCutOffAt: Number(guests_cut_off_at),
        bannedAt: banned_at === null ? undefined : Number(banned_at),
        banSparesHosts: ban_spares_hosts === 1,
      });
    }
  }

  get(room: string, userId: string): Exclusion | undefined {
    return this.#rooms.get(room)?.get(userId);
  }

  /** By user. */
  of(room: string): Iterable<[string, Exclusion]> {
    return this.#rooms.get(room) ?? [];
  }

  countUsers(room: string): number {
    const users = this.#rooms.get(room);
    return users ? users.size - Number(users.has(EVERYBODY)) : 0;
  }

  async put(room: string, userId: string, change: Partial<Exclusion>): Promise<void> {
    const users = this.#ofRoom(room);
    const exclusion = { ...NOTHING, ...users.get(userId), ...change };
    users.set(userId, exclusion);
    const { cutOffAt, guestsCutOffAt, bannedAt = null, banSparesHosts } = exclusion;
    await this.#database.persist(JSON.stringify(['exclusions', room, userId]), (sql) => {
      sql
        .prepare('INSERT OR REPLACE INTO exclusions VALUES (?, ?, ?, ?, ?, ?)')
        .run(room, userId, cutOffAt, guestsCutOffAt, bannedAt, Number(banSparesHosts));
    });
  }

  /** Deletes the records without a ban whose cut-offs are older than this, in seconds. */
  async deleteOlderThan(seconds: number): Promise<void> {
    for (const [room, users] of this.#rooms) {
      for (const [userId, { cutOffAt, guestsCutOffAt, bannedAt }] of users) {
        if (bannedAt === undefined && Math.max(cutOffAt, guestsCutOffAt) < seconds) users.delete(userId);
      }
      if (users.size === 0) this.#rooms.delete(room);
    }
    await this.#database.write((sql) => {
      sql
        .prepare('DELETE FROM exclusions WHERE banned_at IS NULL AND max(cut_off_at, guests_cut_off_at) < ?')
        .run(seconds);
    });
  }

  #ofRoom(room: string): Map<string, Exclusion> {
    const users = this.#rooms.get(room) ?? new Map<string, Exclusion>();
    this.#rooms.set(room, users);
    return users;
  }
}
