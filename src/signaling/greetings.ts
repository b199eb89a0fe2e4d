/** What a client is told first: that it waits in the lobby, or that it is welcome. */
import type { Identity } from '../auth/claims.ts';
import type { EventData } from '../protocol/events.ts';
import type { IceServerInfo } from '../protocol/model.ts';
import { type Peer, transportsOf } from '../rooms/peer.ts';

interface WelcomeOptions {
  resumeSecret: string;
  capabilitiesHash: string;
  iceServers: IceServerInfo[];
  /** In milliseconds. */
  pingInterval: number;
}

/** To a client that may join. */
export function welcome(peer: Peer, options: WelcomeOptions): EventData<'welcome'> {
  const { identity, media } = peer;
  return {
    protocol: 'aq.v1',
    peerId: peer.id,
    room: identity.room,
    user: userOf(identity),
    grants: [...identity.grants],
    ...transportsOf(media),
    ...options,
  };
}

/** To a client in the lobby. */
export function waiting(identity: Identity, pingInterval: number): EventData<'waiting'> {
  return { protocol: 'aq.v1', room: identity.room, user: userOf(identity), pingInterval };
}

function userOf({ userId, name, userType }: Identity): EventData<'welcome'>['user'] {
  return { id: userId, name, type: userType };
}
