/** The variables of rooms: what they may hold, and who may come in. */
import type { EnvReader } from '../lib/env-reader.ts';

export interface LobbyConfig {
  /** Whether rooms have a lobby that say nothing of it. */
  readonly lobby: boolean;
  /** How many may wait in the lobby of one room. */
  readonly maxLobby: number;
}

export function readLobby(read: EnvReader): LobbyConfig {
  return {
    lobby: read.oneOf('LOBBY', ['off', 'on'], 'off') === 'on',
    maxLobby: read.integer('MAX_LOBBY', 100, 1, 100_000),
  };
}
