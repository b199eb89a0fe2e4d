/** The variables of rooms: what they may hold, and who may come in. */
import type { EnvReader } from '../lib/env-reader.ts';

export interface RoomsConfig {
  /** Whether rooms have a lobby that say nothing of it. */
  readonly lobby: boolean;
  /** How many may wait in the lobby of one room. */
  readonly maxLobby: number;
  /** How many users may be banned from one room. */
  readonly maxBans: number;
}

export function readRooms(read: EnvReader): RoomsConfig {
  return {
    lobby: read.oneOf('LOBBY', ['off', 'on'], 'off') === 'on',
    maxLobby: read.integer('MAX_LOBBY', 100, 1, 100_000),
    maxBans: read.integer('MAX_BANS_PER_ROOM', 10_000, 1, 1_000_000),
  };
}
