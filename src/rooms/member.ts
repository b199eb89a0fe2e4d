import type { DataProducer } from 'mediasoup/types';
import type { Identity } from '../auth/claims.ts';
import type { PeerMedia, Published } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { EncodedEvent } from '../protocol/frames.ts';
import type { Grant, RoomUserType, Source } from '../protocol/grants.ts';
import type { PeerInfo, ProducerInfo, Reliability, RoomInfo } from '../protocol/model.ts';

/** A data channel that a member opened for the others. */
export interface PublishedData {
  /** The id that its client gave it. */
  readonly id: string;
  readonly peerId: string;
  readonly reliability: Reliability;
  readonly dataProducer: DataProducer;
}

/** A producer with the member that it belongs to. */
export interface MemberProducer extends Published {
  readonly peerId: string;
}

/** What a member finds when it joins: the room, the others and what they publish, at that very moment. */
export interface Snapshot {
  readonly room: RoomInfo;
  readonly peers: PeerInfo[];
  readonly producers: MemberProducer[];
  readonly dataProducers: PublishedData[];
}

/** Facts about a member that its room tells to the others. */
export type MemberEvents = {
  produced: [MemberProducer];
  producerPaused: [MemberProducer];
  producerResumed: [MemberProducer];
  /** Not told when the member itself closes, or all media of the room was lost. */
  producerClosed: [MemberProducer];
  /** With `waitUntil`, which takes what resolves when a receiver has opened its end, or there is none. */
  dataProduced: [PublishedData, waitUntil: (opened: Promise<void>) => void];
  dataProducerClosed: [PublishedData];
  updated: [Partial<Pick<PeerInfo, 'metadata' | 'handRaisedAt' | 'reconnecting' | 'name' | 'userType'>>];
  /** Grants that it did not have before. */
  granted: [ReadonlySet<Grant>];
  closed: [Code];
};

/** Whatever is in a room, seen by the room: a browser's peer, and later a telephone or a recorder. */
export interface Member {
  readonly id: string;
  /** Who it is, with the type that it has now. */
  readonly identity: Identity;
  /** What its token says, whatever hosts have made of it. */
  readonly claims: Identity;
  readonly producers: ReadonlyMap<string, MemberProducer>;
  readonly dataProducers: ReadonlyMap<string, PublishedData>;
  info(): PeerInfo;
  may(grant: Grant): boolean;
  /** Tells an event. */
  tell(event: EncodedEvent): void;
  /** Offers what another member publishes; the member takes it if it may and can. */
  offer(producer: MemberProducer): void;
  /** Resolves when the member has opened its end of the channel, or will not. */
  offerData(data: PublishedData): Promise<void>;
  /** The media of the room was lost, and there is another one that gives it new transports. */
  renewMedia(open: () => Promise<PeerMedia>): void;
  /** Pauses what it publishes of a source. */
  pauseSource(source: Source): Promise<void>;
  /** Closes what it publishes of a source. */
  closeSource(source: Source): void;
  setHandRaised(raised: boolean): void;
  /** What it may do no longer is closed. */
  setUserType(userType: RoomUserType): void;
  close(code: Code): void;
  on<E extends keyof MemberEvents>(event: E, listener: (...args: MemberEvents[E]) => void): unknown;
}

/** What the others are told of a producer. */
export function producerInfo({ id, producer, source }: MemberProducer): ProducerInfo {
  return { id, kind: producer.kind, source, paused: producer.paused };
}
