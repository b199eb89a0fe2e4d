/** What a client is told first: that it waits, that it is welcome, or how the room is that it comes back to. */
import type { Identity } from '../auth/claims.ts';
import type { EventData } from '../protocol/events.ts';
import type { IceServerInfo, RoomAsFound } from '../protocol/model.ts';
import type { Place } from '../rooms/rooms.ts';

interface WelcomeOptions {
  resumeSecret: string;
  capabilitiesHash: string;
  iceServers: IceServerInfo[];
  /** In milliseconds. */
  pingInterval: number;
}

/** To somebody who has a place. */
export function welcome({ peer, room }: Place, options: WelcomeOptions): EventData<'welcome'> {
  return {
    protocol: 'aq.v1',
    peerId: peer.id,
    room: room.name,
    user: userOf(peer.identity),
    grants: [...peer.identity.grants],
    send: peer.media.options('send'),
    recv: peer.media.options('recv'),
    ...options,
  };
}

/** To somebody in the lobby. */
export function waiting(identity: Identity, pingInterval: number): EventData<'waiting'> {
  return { protocol: 'aq.v1', room: identity.room, user: userOf(identity), pingInterval };
}

/** The room as it is at the event with this number, to somebody who has missed too much. */
export function snapshot({ peer, room }: Place, seq: number): RoomAsFound {
  return { seq, room: room.info(peer), peers: room.others(peer), ...peer.receives() };
}

function userOf({ userId, name, userType }: Identity): EventData<'welcome'>['user'] {
  return { id: userId, name, type: userType };
}
