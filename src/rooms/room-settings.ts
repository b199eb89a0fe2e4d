import type { Database } from '../store/database.ts';

/** What hosts set of a room. */
export interface RoomSetting {
  /** Whether nobody but hosts can join. */
  readonly locked: boolean;
  /** Whether all but hosts wait until they are admitted. */
  readonly lobby: boolean;
}

interface Stored {
  locked: boolean;
  /** Undefined where it was never said. */
  lobby: boolean | undefined;
}

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
    const rows = database.read((sql) => sql.prepare('SELECT room, locked, lobby FROM rooms').all());
    for (const { room, locked, lobby } of rows) {
      this.#stored.set(String(room), {
        locked: locked === 1,
        lobby: lobby === null ? undefined : lobby === 1,
      });
    }
  }

  of(room: string): RoomSetting {
    const { locked = false, lobby = this.#lobbyByDefault } = this.#stored.get(room) ?? {};
    return { locked, lobby };
  }

  async set(room: string, change: Partial<RoomSetting>): Promise<void> {
    const stored = { locked: false, lobby: undefined, ...this.#stored.get(room), ...change };
    const isDefault = !stored.locked && stored.lobby === undefined;
    if (isDefault) this.#stored.delete(room);
    else this.#stored.set(room, stored);
    await this.#database.persist(JSON.stringify(['rooms', room]), (sql) => {
      if (isDefault) sql.prepare('DELETE FROM rooms WHERE room = ?').run(room);
      else {
        sql
          .prepare('INSERT OR REPLACE INTO rooms (room, locked, lobby) VALUES (?, ?, ?)')
          .run(room, Number(stored.locked), stored.lobby === undefined ? null : Number(stored.lobby));
      }
    });
  }
}
