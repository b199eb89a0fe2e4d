import type { Source } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { NetworkLimit, NetworkQuality } from '../protocol/quality.ts';

/** `reduced` is a smaller picture or fewer frames than are shown; `bandwidth` that the line of this peer is short. */
export type Delivery =
  | { readonly amount: 'full' }
  | { readonly amount: 'reduced' | 'paused'; readonly reason: 'bandwidth' | 'limit' };

/** Something that another peer publishes. */
export interface RemoteSource {
  /** The id of its producer. */
  readonly id: string;
  readonly peerId: string;
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  /** Whether its peer has paused it. */
  readonly paused: boolean;
  /** How much of it the server sends, of what is shown here. */
  readonly delivery: Delivery;
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
  /** How good its connection to the server is, and what keeps it from being better. */
  readonly quality: NetworkQuality;
  readonly limitedBy: NetworkLimit | null;
  /** What it publishes, by the id of the producer. */
  readonly sources: ReadonlyMap<string, RemoteSource>;
}

/** Some of the peers of a large room. */
export interface PeerPage {
  peers: { id: string; userId: string; name: string; userType: string; metadata: Metadata }[];
  /** The id after which the rest begins; undefined where this was all. */
  next?: string;
}
