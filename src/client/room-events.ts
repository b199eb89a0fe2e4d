import type { Grant, Source } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { Reliability } from '../protocol/model.ts';
import type { NetworkLimit, NetworkQuality } from '../protocol/quality.ts';
import type { ErrorCode, RoomError } from './errors.ts';
import type { WaitingUser } from './moderation.ts';
import type { Publication } from './publication.ts';
import type { RemotePeer, RemoteSource } from './remote-peer.ts';
import type { Direction, TransportState } from './transports.ts';

/**
 * - `connected`: the server knows us and the media is warm, but nobody in the room sees us
 * - `waiting`: in the lobby, until a host admits
 * - `reconnecting`: the connection or the media was lost; it comes back by itself, or ends in `left`. What is asked of the
 *   room meanwhile waits
 * - `left`: for good
 */
export type RoomState =
  | 'idle'
  | 'connecting'
  | 'waiting'
  | 'connected'
  | 'joining'
  | 'joined'
  | 'reconnecting'
  | 'left';

/** A line of text from another peer. */
export interface ChatMessage {
  id: string;
  /** Undefined if it has left meanwhile, and of a line that a backend wrote. */
  peer: RemotePeer | undefined;
  /** Whether a backend wrote it. */
  backend: boolean;
  /** Whether it was told to this peer alone. */
  private: boolean;
  text: string;
  /** When the server got it. */
  at: Date;
}

/** A message on a data channel. */
export interface DataMessage {
  peer: RemotePeer | undefined;
  reliability: Reliability;
  data: string | ArrayBuffer;
}

/** What a backend sent to the room, or to this peer alone. */
export interface BackendData {
  topic: string;
  /** Any JSON. */
  data: unknown;
  /** Whether it was sent to this peer alone. */
  private: boolean;
  /** When the server got it. */
  at: Date;
}

/** What a host has done to a source. */
export interface SourceAct {
  /** Whether it is this peer's. */
  self: boolean;
  /** Whose it is; undefined if that is this peer, or has left meanwhile. */
  peer: RemotePeer | undefined;
  source: Source;
  /** The host; undefined if that is this peer, a backend, or has left meanwhile. */
  by: RemotePeer | undefined;
}

/** Who speaks: the one who is shown large, and all by how loud they are, the loudest first. */
export interface Speakers {
  /** The id of a peer; null while nobody speaks. */
  active: string | null;
  /** In dBov: 0 is the loudest, -127 is silence. */
  levels: { peerId: string; level: number }[];
}

/** What a room tells. */
export interface RoomEvents {
  stateChanged: [state: RoomState];
  reconnecting: [info: { reason: ErrorCode }];
  /** `resumed`: the server has kept this peer. Otherwise it has joined anew, with another id. */
  reconnected: [info: { resumed: boolean }];
  left: [info: { code: ErrorCode }];
  /** The room ends with its token, unless there is another one: the room gets it by itself if it knows how. */
  tokenExpiring: [info: { expiresAt: Date }];

  peerJoined: [peer: RemotePeer];
  peerLeft: [peer: RemotePeer, reason: string];
  /** Its metadata, its hand or what it publishes has changed. */
  peerUpdated: [peer: RemotePeer];
  trackAdded: [source: RemoteSource, peer: RemotePeer];
  trackRemoved: [source: RemoteSource, peer: RemotePeer];
  trackPaused: [source: RemoteSource, peer: RemotePeer];
  trackResumed: [source: RemoteSource, peer: RemotePeer];
  /** The server sends less of a video than is shown, or does so no longer: `source.delivery` says how much, and why. */
  deliveryChanged: [source: RemoteSource, peer: RemotePeer];

  /** This peer may do other things from now on. What it may do no longer has ended. */
  grantsChanged: [change: { userType: string; grants: ReadonlySet<Grant> }];
  /** The room is locked or open, has a lobby or none, or other metadata; or it was found anew. Of what has not changed nothing is said. */
  roomUpdated: [
    change: { locked?: boolean; lobby?: boolean; metadata?: Metadata; by: RemotePeer | undefined },
  ];
  /** `hard`: until it is allowed; `soft`: until its peer resumes it. */
  sourceMuted: [act: SourceAct & { mode: 'hard' | 'soft' }];
  sourceAllowed: [act: SourceAct];
  sourceStopped: [act: SourceAct];
  /** This peer sends too much: one of its tracks or channels was paused or closed. `maxBitrate` is in bits per second. */
  incomingLimited: [info: { producerId: string; action: 'paused' | 'closed'; maxBitrate: number }];
  /** `self`: this peer's hand was among them. */
  handsLowered: [info: { self: boolean; by: RemotePeer | undefined }];
  /** For hosts: somebody waits in the lobby, or does so no longer; all of them are `left` for who is no host any more. */
  waitingJoined: [user: WaitingUser];
  waitingLeft: [user: WaitingUser, reason: 'admitted' | 'refused' | 'left'];

  /** The connection of a peer has become better or worse; `peer` is undefined for that of this peer itself. */
  qualityChanged: [
    change: { quality: NetworkQuality; limitedBy: NetworkLimit | null },
    peer: RemotePeer | undefined,
  ];
  speakersChanged: [speakers: Speakers];
  /** In a large room another number of peers only watch; they are not among `room.peers`. */
  watchersChanged: [count: number];
  /** In a large room other microphones are forwarded than before: those of these peers, own id among them; undefined for all. */
  audibleChanged: [peerIds: ReadonlySet<string> | undefined];
  chat: [message: ChatMessage];
  data: [message: DataMessage];
  backendData: [message: BackendData];
  /** By the application, because the track ended, or with the reason for which the server refused it. */
  publicationClosed: [publication: Publication, error: RoomError | undefined];
  /** The way of the media, which may be lost while the server is reachable. It is looked for again by itself. */
  mediaStateChanged: [direction: Direction, state: TransportState];
}
