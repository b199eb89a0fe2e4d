/** What a producer carries. */
export const SOURCES = ['mic', 'camera', 'screen', 'screen-audio'] as const;
export type Source = (typeof SOURCES)[number];

/** The kind of media that each source is. */
export const KIND_OF_SOURCE = {
  mic: 'audio',
  camera: 'video',
  screen: 'video',
  'screen-audio': 'audio',
} as const satisfies Record<Source, 'audio' | 'video'>;

/**
 * The things that somebody may be allowed to do. `publish:screen` covers the screen's sound too; `invite` makes invitations to
 * one's own room; `calls` is the dialer beside the rooms.
 */
export const GRANTS = [
  'publish:mic',
  'publish:camera',
  'publish:screen',
  'subscribe',
  'chat',
  'data',
  'moderate',
  'invite',
  'calls',
] as const;
export type Grant = (typeof GRANTS)[number];

/** The grant that publishing a source needs. */
export const GRANT_OF_SOURCE = {
  mic: 'publish:mic',
  camera: 'publish:camera',
  screen: 'publish:screen',
  'screen-audio': 'publish:screen',
} as const satisfies Record<Source, Grant>;

/** The types of user that a host can make of a peer. What each of them may do stands with the server. */
export const ROOM_USER_TYPES = ['host', 'presenter', 'guest', 'viewer'] as const;
export type RoomUserType = (typeof ROOM_USER_TYPES)[number];

/** The types of user that a host can invite as. */
export const INVITED_USER_TYPES = ['presenter', 'guest', 'viewer'] as const;
export type InvitedUserType = (typeof INVITED_USER_TYPES)[number];
