import type { Identity } from '../auth/claims.ts';
import { AppError } from '../lib/errors.ts';
import type { Lobby } from './lobby.ts';
import type { RoomSettings } from './room-settings.ts';

export interface EntryPolicyOptions {
  settings: RoomSettings;
  lobby: Lobby;
  /** Throws where the user was removed or banned. */
  assertNotCutOff: (identity: Identity) => void;
}

/** Somebody who wants to enter a room. */
export interface Entrant {
  readonly identity: Identity;
  /** Called when the entrant has to wait in the lobby. */
  onWaiting: () => void;
  /** Ends the wait; its reason is a code. */
  readonly signal: AbortSignal;
}

/** Who may enter a room: bans and cut-offs, locks and lobbies. All kinds of members pass it. */
export class EntryPolicy {
  readonly #options: EntryPolicyOptions;

  constructor(options: EntryPolicyOptions) {
    this.#options = options;
  }

  /**
   * Waits in the lobby, where there is one, unless the entrant may moderate. Returns a check that has to be repeated when
   * the entrant has a place, as the rules may have changed by then. Throws `room_locked`, `lobby_full`, `lobby_refused`,
   * `token_revoked`, `banned`, or the code of the signal.
   */
  async pass({ identity, onWaiting, signal }: Entrant): Promise<() => void> {
    this.#assertAllowed(identity);
    const hasWaited = this.#hasToWait(identity);
    if (hasWaited) {
      onWaiting();
      await this.#options.lobby.wait(identity, signal);
    }
    return () => {
      this.#assertAllowed(identity);
      if (!hasWaited && this.#hasToWait(identity)) throw new AppError('lobby_opened');
    };
  }

  #assertAllowed(identity: Identity): void {
    this.#options.assertNotCutOff(identity);
    const { locked } = this.#options.settings.of(identity.room);
    if (locked && !identity.grants.has('moderate')) throw new AppError('room_locked');
  }

  #hasToWait({ room, grants }: Identity): boolean {
    return this.#options.settings.of(room).lobby && !grants.has('moderate');
  }
}
