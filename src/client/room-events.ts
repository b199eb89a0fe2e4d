import type { Reliability } from '../protocol/model.ts';
import type { ErrorCode, RoomError } from './errors.ts';
import type { Publication } from './publication.ts';
import type { RemotePeer, RemoteSource } from './remote-peer.ts';
import type { Direction, TransportState } from './transports.ts';

/**
 * - `connected`: the server knows us and the media is warm, but nobody in the room sees us
 * - `reconnecting`: the connection or the media was lost; it comes back by itself, or ends in `left`. What is asked of the
 *   room meanwhile waits
 * - `left`: for good
 */
export type RoomState = 'idle' | 'connecting' | 'connected' | 'joining' | 'joined' | 'reconnecting' | 'left';

/** A line of text from another peer. */
export interface ChatMessage {
  id: string;
  /** Undefined if it has left meanwhile. */
  peer: RemotePeer | undefined;
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

  peerJoined: [peer: RemotePeer];
  peerLeft: [peer: RemotePeer, reason: string];
  /** Its metadata, its hand or what it publishes has changed. */
  peerUpdated: [peer: RemotePeer];
  trackAdded: [source: RemoteSource, peer: RemotePeer];
  trackRemoved: [source: RemoteSource, peer: RemotePeer];
  trackPaused: [source: RemoteSource, peer: RemotePeer];
  trackResumed: [source: RemoteSource, peer: RemotePeer];

  speakersChanged: [speakers: Speakers];
  chat: [message: ChatMessage];
  data: [message: DataMessage];
  /** By the application, because the track ended, or with the reason for which the server refused it. */
  publicationClosed: [publication: Publication, error: RoomError | undefined];
  /** The way of the media, which may be lost while the server is reachable. It is looked for again by itself. */
  mediaStateChanged: [direction: Direction, state: TransportState];
}
