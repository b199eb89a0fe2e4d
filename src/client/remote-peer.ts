import type { Source } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';

/** Something that another peer publishes. */
export interface RemoteSource {
  /** The id of its producer. */
  readonly id: string;
  readonly peerId: string;
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  /** Whether its peer has paused it. */
  readonly paused: boolean;
  /** Undefined until it is received. */
  readonly track: MediaStreamTrack | undefined;
}

/** Another peer in the room. */
export interface RemotePeer {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly userType: string;
  readonly metadata: Metadata;
  /** When the hand went up; null while it is down. */
  readonly handRaisedAt: number | null;
  /** Whether its connection is lost and may come back; what it publishes may go on meanwhile. */
  readonly reconnecting: boolean;
  /** The sources that hosts have muted until they allow them. */
  readonly mutedSources: readonly Source[];
  /** What it publishes, by the id of the producer. */
  readonly sources: ReadonlyMap<string, RemoteSource>;
}

/** Some of the peers of a large room. */
export interface PeerPage {
  peers: { id: string; userId: string; name: string; userType: string; metadata: Metadata }[];
  /** The id after which the rest begins; undefined where this was all. */
  next?: string;
}
