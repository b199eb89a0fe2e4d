/** What a client knows of a room: its peers, what they publish, and what of it the client receives. */
import { z } from 'zod';
import { SOURCES } from './grants.ts';
import { RtpParameters } from './media.ts';
import { Metadata } from './metadata.ts';
import { SctpStreamParameters } from './transports.ts';

/** Of something that a client makes. */
export const Id = z.uuid();

/** Names something that may be there: what it cannot be is refused, and all else is looked up. */
export const Reference = z.string().regex(/^[\w-]{1,64}$/);

/** Milliseconds since 1970-01-01 UTC. */
export const Time = z.int().nonnegative();

/** How a data channel carries its messages: in order and complete, or as they come and at most twice tried. */
export const Reliability = z.enum(['reliable', 'lossy']);
export type Reliability = 'reliable' | 'lossy';

export const ProducerInfo = z.object({
  id: z.string(),
  kind: z.enum(['audio', 'video']),
  source: z.enum(SOURCES),
  paused: z.boolean(),
});
export type ProducerInfo = z.infer<typeof ProducerInfo>;

export const PeerInfo = z.object({
  id: z.string(),
  userId: z.string(),
  name: z.string(),
  userType: z.string(),
  metadata: Metadata,
  /** When the hand went up; null while it is down. */
  handRaisedAt: Time.nullable(),
  /** Whether its connection is lost; it may come back, and its media may go on meanwhile. */
  reconnecting: z.boolean(),
  /** The sources that hosts have muted until they allow them. */
  mutedSources: z.array(z.enum(SOURCES)),
  producers: z.array(ProducerInfo),
});
export type PeerInfo = z.infer<typeof PeerInfo>;

/** Somebody who waits in the lobby of a room. */
export const WaitingInfo = z.object({
  /** Of this wait: it is no peer. */
  id: z.string(),
  userId: z.string(),
  name: z.string(),
  userType: z.string(),
  since: Time,
});
export type WaitingInfo = z.infer<typeof WaitingInfo>;

/** The room itself, as one peer finds it. */
export const RoomInfo = z.object({
  /** Whether nobody but hosts can join. */
  locked: z.boolean(),
  /** Whether all but hosts wait until they are admitted. */
  lobby: z.boolean(),
  /** What a backend says of the room, in the application's own words. */
  metadata: Metadata,
  /** The sources of this peer that hosts have muted until they allow them. */
  mutedSources: z.array(z.enum(SOURCES)),
  /** What this peer itself publishes, as the server has it. */
  published: z.array(ProducerInfo),
  /** Whether the hand of this peer is up. */
  handRaised: z.boolean(),
  /** The peers whose microphones are forwarded at this moment, as the room is large; null where all are. */
  audible: z.array(z.string()).nullable(),
  /** How many only watch, and are not among the peers that are told, as the room is large. */
  watchers: z.int().nonnegative(),
  /** Who waits in the lobby, for hosts; for others nobody. */
  waiting: z.array(WaitingInfo),
});
export type RoomInfo = z.infer<typeof RoomInfo>;

/** A producer of another peer, on its way to this one. It starts paused, until `resumeConsumers`. */
export const ConsumerInfo = z.object({
  id: z.string(),
  peerId: z.string(),
  producerId: z.string(),
  kind: z.enum(['audio', 'video']),
  source: z.enum(SOURCES),
  /** Whether its producer is paused. */
  paused: z.boolean(),
  rtpParameters: RtpParameters,
});
export type ConsumerInfo = z.infer<typeof ConsumerInfo>;

/** A data channel of another peer, on its way to this one. */
export const DataConsumerInfo = z.object({
  id: z.string(),
  peerId: z.string(),
  dataProducerId: z.string(),
  reliability: Reliability,
  sctpStreamParameters: SctpStreamParameters,
});
export type DataConsumerInfo = z.infer<typeof DataConsumerInfo>;

/**
 * A room as it is at some moment: the others, and all of theirs that this peer may and can receive. Events up to `seq` are
 * in it already.
 */
export const RoomAsFound = z.object({
  seq: z.int().nonnegative(),
  room: RoomInfo,
  peers: z.array(PeerInfo),
  consumers: z.array(ConsumerInfo),
  dataConsumers: z.array(DataConsumerInfo),
});
export type RoomAsFound = z.infer<typeof RoomAsFound>;

/** A code that becomes tokens for a room. */
export const InvitationInfo = z.object({
  code: z.string(),
  userType: z.string(),
  uses: z.int().nonnegative(),
  /** Absent for any number. */
  maxUses: z.int().positive().exactOptional(),
  expiresAt: Time,
});
export type InvitationInfo = z.infer<typeof InvitationInfo>;

/** A STUN or TURN server, as WebRTC's `RTCIceServer`. */
export const IceServerInfo = z.object({
  urls: z.array(z.string()),
  username: z.string().exactOptional(),
  credential: z.string().exactOptional(),
});
export type IceServerInfo = z.infer<typeof IceServerInfo>;
