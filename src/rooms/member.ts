import type { Identity } from '../auth/claims.ts';
import type { Code } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import type { Grant, RoomUserType, Source } from '../protocol/grants.ts';
import type { PeerInfo, RoomInfo } from '../protocol/model.ts';
import type { Delivery, ReceivingLimit } from './delivery.ts';
import type { Demand } from './demand.ts';
import type { MediaPublication, Publication } from './publication.ts';

/** What changes about a member, as the others see it. */
export type MemberChange = Partial<
  Pick<PeerInfo, 'metadata' | 'handRaisedAt' | 'reconnecting' | 'name' | 'userType'>
>;

/** Facts about a member. Its room acts on them and tells the other members. */
export type MemberEvents = {
  published: [Publication];
  paused: [MediaPublication];
  resumed: [MediaPublication];
  /** Not emitted when the member itself closes. */
  unpublished: [Publication];
  /** It closed with the worker that it was published through. */
  lost: [Publication];
  updated: [MemberChange];
  /** The grants that the member did not have before; what it lost was closed. */
  granted: [ReadonlySet<Grant>];
  /** What it wants to receive has changed. */
  demandChanged: [];
  /** Its line carries more or less than before. */
  lineChanged: [];
  closed: [Code];
};

/** How much a member's line carries to it. */
export interface Line {
  /** In bits per second, sound included; undefined while it is not known. */
  readonly availableBitrate: number | undefined;
  /** What the server sends at most, in bits per second. */
  readonly maxBitrate: number;
}

/** What a room needs of a member that receives media or data. */
export interface Receiver {
  /** How many media publications it may receive, and how many of them may be videos. */
  readonly maxConsumers: number;
  readonly maxVideos: number;
  /** What it receives, or is about to. */
  readonly subscribed: Iterable<Publication>;
  /** What its client wants, and how it shows it. */
  readonly demand: Demand;
  /** Undefined where it is not measured: then the line is taken to carry everything. */
  readonly line: Line | undefined;
  /** Whether the client has a codec for it. */
  canReceive(publication: MediaPublication): boolean;
  /**
   * Subscribes to a publication, unless it already has. Resolves when it can be received, or never will be: for a data channel, when the client
   * has opened its end. Never rejects.
   */
  subscribe(publication: Publication): Promise<void>;
  /** Sets how much of a publication it receives, one that it has subscribed to. It may not be there yet. */
  update(publication: MediaPublication, delivery: Delivery): void;
  unsubscribe(publication: Publication): void;
  /** Notes that there is more to receive than this limit allows. */
  noteLimit(limit: ReceivingLimit): void;
}

/** What a room needs to know of a member's connection. */
export interface MemberMedia {
  readonly roundTrip: { readonly ms: number | undefined };
  readonly scores: { readonly up: number | undefined; readonly down: number | undefined };
  readonly isReachable: boolean;
}

/**
 * Whatever is in a room: a browser's peer, a client that speaks SDP, a recorder, a telephone. A member publishes, receives,
 * or both.
 */
export interface Member {
  readonly id: string;
  /** Who the member is, with the user type that it has now. */
  readonly identity: Identity;
  /** What its token says, whatever hosts have changed. */
  readonly claims: Identity;
  /** The IP address of its client. */
  readonly address: string;
  /** Whether its connection is lost, and its client may come back. */
  readonly isReconnecting: boolean;
  readonly publications: Iterable<Publication>;
  /** The media of this moment. */
  readonly media: MemberMedia;
  /** Undefined for a member that does not receive, or not at the moment, as its media was lost. */
  readonly receiver: Receiver | undefined;
  info(): PeerInfo;
  may(grant: Grant): boolean;
  /** Tells the member's client of an event. */
  tell(event: OutgoingEvent): void;
  /** Pauses what it publishes of a source. Resolves to whether anything was not paused before. */
  pauseSource(source: Source): Promise<boolean>;
  /** Closes what it publishes of a source. */
  closeSource(source: Source): void;
  setHandRaised(raised: boolean): void;
  /** Gives it another user type. What that does not allow is closed. */
  setUserType(userType: RoomUserType): void;
  close(code: Code): void;
  on<E extends keyof MemberEvents>(event: E, listener: (...args: MemberEvents[E]) => void): unknown;
}

/** The room, the others and what they publish, at the moment in which a member joins. */
export interface Snapshot {
  readonly room: RoomInfo;
  readonly peers: PeerInfo[];
}
