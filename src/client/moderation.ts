import type { RoomUserType, Source } from '../protocol/grants.ts';
import type { RemotePeer } from './remote-peer.ts';
import type { Signaling } from './signaling.ts';

/** Somebody who waits in the lobby. */
export interface WaitingUser {
  /** Of this wait: it is no peer. */
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly userType: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly since: number;
}

/** A user who may not come into the room. */
export interface Ban {
  readonly userId: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/**
 * What a host can do, who has the grant `moderate`: others are refused with `forbidden`. All is done by the server, and
 * each promise rejects with its refusal. Whom a token makes a host is out of the reach of other hosts.
 */
export class Moderation {
  readonly #request: Signaling['request'];

  constructor(request: Signaling['request']) {
    this.#request = request;
  }

  /**
   * Pauses a source of a peer. `hard`, for all peers of that user and until `allow`; `soft`, until the peer resumes it by
   * itself.
   */
  async mute({ id: peerId }: RemotePeer, source: Source, mode: 'hard' | 'soft' = 'soft'): Promise<void> {
    await this.#request('muteSource', { peerId, source, mode });
  }

  /** Lifts a hard mute. The peer resumes the source by itself. */
  async allow({ id: peerId }: RemotePeer, source: Source): Promise<void> {
    await this.#request('allowSource', { peerId, source });
  }

  /** Ends what a peer publishes of a source. It may publish it anew. */
  async stop({ id: peerId }: RemotePeer, source: Source): Promise<void> {
    await this.#request('stopSource', { peerId, source });
  }

  async lowerHand({ id: peerId }: RemotePeer): Promise<void> {
    await this.#request('lowerHand', { peerId });
  }

  async lowerAllHands(): Promise<void> {
    await this.#request('lowerAllHands', {});
  }

  /** Gives a peer another type for its session: what that does not allow ends at once. */
  async setUserType({ id: peerId }: RemotePeer, userType: RoomUserType): Promise<void> {
    await this.#request('setUserType', { peerId, userType });
  }

  /** Lets nobody but hosts join. Those inside stay, and come back when they lose their connection. */
  async setLocked(locked: boolean): Promise<void> {
    await this.#request('setLocked', { locked });
  }

  /** Has all but hosts wait until they are admitted. Turning it off admits those who wait. */
  async setLobby(lobby: boolean): Promise<void> {
    await this.#request('setLobby', { lobby });
  }

  async admit({ id }: Pick<WaitingUser, 'id'>): Promise<void> {
    await this.#request('admitWaiting', { id });
  }

  async refuse({ id }: Pick<WaitingUser, 'id'>): Promise<void> {
    await this.#request('refuseWaiting', { id });
  }

  /** Takes a user out, with all its peers. The tokens that the user has by now are refused from then on. */
  async remove({ id: peerId }: RemotePeer): Promise<void> {
    await this.#request('removePeer', { peerId });
  }

  /** As `remove`, and refuses tokens that are made later, too. Also of a user who is not here. */
  async ban({ userId }: { userId: string }): Promise<void> {
    await this.#request('banUser', { userId });
  }

  /** Lets a user come again, with a token that is made later than the ban. */
  async unban({ userId }: { userId: string }): Promise<void> {
    await this.#request('unbanUser', { userId });
  }

  async listBans(): Promise<Ban[]> {
    return (await this.#request('listBans', {})).bans;
  }

  /** Takes everybody out, this peer too, and refuses all tokens that there are for the room by now. */
  async end(): Promise<void> {
    await this.#request('endRoom', {});
  }
}
