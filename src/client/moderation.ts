import type { InvitedUserType, RoomUserType, Source } from '../protocol/grants.ts';
import type { Method, ParamsIn } from '../protocol/methods.ts';
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

/** A code that others exchange, with a name, for a token for this room. */
export interface RoomInvitation {
  readonly code: string;
  readonly userType: string;
  readonly uses: number;
  /** Absent for any number. */
  readonly maxUses?: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly expiresAt: number;
}

/**
 * What a host can do, who has the grant `moderate`: others are refused with `forbidden`. All is done by the server, and
 * each promise rejects with its refusal. Whom a token makes a host is out of the reach of other hosts.
 */
export interface Moderation {
  /**
   * Pauses a source of a peer. `hard`, for all peers of that user and until `allow`; `soft`, as by default, until the
   * peer resumes it by itself.
   */
  mute(peer: RemotePeer, source: Source, mode?: 'hard' | 'soft'): Promise<void>;
  /** Lifts a hard mute. The peer resumes the source by itself. */
  allow(peer: RemotePeer, source: Source): Promise<void>;
  /** Ends what a peer publishes of a source. It may publish it anew. */
  stop(peer: RemotePeer, source: Source): Promise<void>;
  lowerHand(peer: RemotePeer): Promise<void>;
  lowerAllHands(): Promise<void>;
  /** Gives a peer another type for its session: what that does not allow ends at once. */
  setUserType(peer: RemotePeer, userType: RoomUserType): Promise<void>;
  /** Lets nobody but hosts join. Those inside stay, and come back when they lose their connection. */
  setLocked(locked: boolean): Promise<void>;
  /** Has all but hosts wait until they are admitted. Turning it off admits those who wait. */
  setLobby(lobby: boolean): Promise<void>;
  admit(user: Pick<WaitingUser, 'id'>): Promise<void>;
  refuse(user: Pick<WaitingUser, 'id'>): Promise<void>;
  /** Takes a user out, with all its peers. The tokens that the user has by now are refused from then on. */
  remove(peer: RemotePeer): Promise<void>;
  /** As `remove`, and refuses tokens that are made later, too. Also of a user who is not here. */
  ban(user: { userId: string }): Promise<void>;
  /** Lets a user come again, with a token that is made later than the ban. */
  unban(user: { userId: string }): Promise<void>;
  listBans(): Promise<Ban[]>;
  /** Makes a code that others exchange, with a name, for a token for this room. Needs the grant `invite`. */
  invite(wishes?: { userType?: InvitedUserType; ttl?: number; maxUses?: number }): Promise<RoomInvitation>;
  listInvitations(): Promise<RoomInvitation[]>;
  /** Revokes an invitation and the tokens that it has become, whose users have to leave. */
  revokeInvitation(invitation: Pick<RoomInvitation, 'code'>): Promise<void>;
  /** Takes everybody out, this peer too, and refuses all tokens that there are for the room by now. */
  end(): Promise<void>;
}

/** The acts of moderation, asked of the server. */
export function moderationOver(request: Signaling['request']): Moderation {
  const ask = async <M extends Method>(method: M, params: ParamsIn<M>): Promise<void> => {
    await request(method, params);
  };
  return {
    mute: ({ id: peerId }, source, mode = 'soft') => ask('muteSource', { peerId, source, mode }),
    allow: ({ id: peerId }, source) => ask('allowSource', { peerId, source }),
    stop: ({ id: peerId }, source) => ask('stopSource', { peerId, source }),
    lowerHand: ({ id: peerId }) => ask('lowerHand', { peerId }),
    lowerAllHands: () => ask('lowerAllHands', {}),
    setUserType: ({ id: peerId }, userType) => ask('setUserType', { peerId, userType }),
    setLocked: (locked) => ask('setLocked', { locked }),
    setLobby: (lobby) => ask('setLobby', { lobby }),
    admit: ({ id }) => ask('admitWaiting', { id }),
    refuse: ({ id }) => ask('refuseWaiting', { id }),
    remove: ({ id: peerId }) => ask('removePeer', { peerId }),
    ban: ({ userId }) => ask('banUser', { userId }),
    unban: ({ userId }) => ask('unbanUser', { userId }),
    listBans: () => listBans(request),
    invite: (wishes = {}) => request('createInvitation', wishes),
    listInvitations: async () => (await request('listInvitations', {})).invitations,
    revokeInvitation: ({ code }) => ask('revokeInvitation', { code }),
    end: () => ask('endRoom', {}),
  };
}

/** Asks for page after page. */
async function listBans(request: Signaling['request']): Promise<Ban[]> {
  const all: Ban[] = [];
  let after: string | undefined;
  do {
    const { bans, next } = await request('listBans', after === undefined ? {} : { after });
    all.push(...bans);
    after = next;
  } while (after !== undefined);
  return all;
}
