import type { Metadata } from '../protocol/metadata.ts';
import type { Database } from '../store/database.ts';

/** What hosts and backends set of a room. */
export interface RoomSetting {
  /** Whether nobody but hosts can join. */
  readonly locked: boolean;
  /** Whether all but hosts wait until they are admitted. */
  readonly lobby: boolean;
  /** How many peers it takes; undefined for as many as the configuration allows, which it never exceeds. */
  readonly maxPeers: number | undefined;
  /** What members are told of the room, in the application's own words. */
  readonly metadata: Metadata;
}

type Stored = Omit<RoomSetting, 'lobby'> & {
  /** Undefined where it was never set. */
  readonly lobby: boolean | undefined;
};

const UNSET: Stored = { locked: false, lobby: undefined, maxPeers: undefined, metadata: {} };

/**
 * The settings of all rooms, open or not, read from memory. Each change counts at once, and its promise resolves when it
 * is on disk. While the disk cannot be written it rejects with `storage_unavailable`: the change counts, and is stored
 * later.
 */
export class RoomSettings {
  readonly #database: Database;
  readonly #lobbyByDefault: boolean;
  /** Those that differ from the configuration. */
  readonly #stored = new Map<string, Stored>();

  /** @param options.lobby whether rooms have a lobby that say nothing of it */
  constructor(database: Database, options: { lobby: boolean }) {
    this.#database = database;
    this.#lobbyByDefault = options.lobby;
    const rows = database.read((sql) => sql.prepare('SELECT * FROM rooms').all());
    for (const { room, locked, lobby, max_peers, metadata } of rows) {
      this.#stored.set(String(room), {
        locked: locked === 1,
        lobby: lobby === null ? undefined : lobby === 1,
        maxPeers: max_peers === null ? undefined : Number(max_peers),
        metadata: JSON.parse(String(metadata)),
      });
    }
  }

  of(room: string): RoomSetting {
    const { lobby = this.#lobbyByDefault, ...stored } = this.#stored.get(room) ?? UNSET;
    return { ...stored, lobby };
  }

  async set(room: string, change: Partial<RoomSetting>): Promise<void> {
    const stored = { ...UNSET, ...this.#stored.get(room), ...change };
    const isUnset = JSON.stringify(stored) === JSON.stringify(UNSET);
    if (isUnset) this.#stored.delete(room);
    else this.#stored.set(room, stored);
    await this.#database.persist(JSON.stringify(['rooms', room]), (sql) => {
      if (isUnset) sql.prepare('DELETE FROM rooms WHERE room = ?').run(room);
      else {
        const { locked, lobby, maxPeers, metadata } = stored;
        sql
          .prepare(
            'INSERT OR REPLACE INTO rooms (room, locked, lobby, max_peers, metadata) VALUES (?, ?, ?, ?, ?)',
          )
          .run(
            room,
            Number(locked),
            lobby === undefined ? null : Number(lobby),
            maxPeers ?? null,
            JSON.stringify(metadata),
          );
      }
    });
  }
}
