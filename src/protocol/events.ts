/** The events of `aq.v1`: facts that the server tells. The rules stand in PROTOCOL.md. */
import { z } from 'zod';
import { DeliveryInfo } from './attention.ts';
import { GRANTS, SOURCES } from './grants.ts';
import { Metadata } from './metadata.ts';
import {
  ConsumerInfo,
  DataConsumerInfo,
  IceServerInfo,
  PeerInfo,
  ProducerInfo,
  RoomAsFound,
  Time,
  WaitingInfo,
} from './model.ts';
import { PeerQuality } from './quality.ts';
import { TransportOptions } from './transports.ts';

const OfPeer = z.object({ peerId: z.string() });
/** The host that did it; null where it was a backend or the operator. */
const By = z.object({ by: z.string().nullable() });
const OfSource = OfPeer.extend({ source: z.enum(SOURCES) }).extend(By.shape);
const OfProducer = z.object({ peerId: z.string(), producerId: z.string() });

export const events = {
  /** In place of `welcome`, which follows when a host has admitted: this user waits in the lobby, and is no peer yet. */
  waiting: z.object({
    protocol: z.literal('aq.v1'),
    room: z.string(),
    user: z.object({ id: z.string(), name: z.string(), type: z.string() }),
    /** Milliseconds of silence after which a side pings; after twice that the socket is dead. */
    pingInterval: z.int().positive(),
  }),
  /** The first event of each session that does not wait in a lobby. */
  welcome: z.object({
    protocol: z.literal('aq.v1'),
    peerId: z.string(),
    /** With it this session goes on over another socket (PROTOCOL.md, rules S). To be kept secret. */
    resumeSecret: z.string(),
    room: z.string(),
    user: z.object({ id: z.string(), name: z.string(), type: z.string() }),
    grants: z.array(z.enum(GRANTS)),
    /** The `hash` of `GET /aq_server/capabilities`: a client with another one fetches it anew. */
    capabilitiesHash: z.string(),
    /** Missing for a peer that may publish nothing: it comes with `grantsChanged` when it may. */
    send: TransportOptions.exactOptional(),
    recv: TransportOptions,
    /** For both transports; credentials in it may end. */
    iceServers: z.array(IceServerInfo),
    /** Milliseconds of silence after which a side pings; after twice that the socket is dead. */
    pingInterval: z.int().positive(),
  }),
  /**
   * The first frame of a socket that goes on with a session, and the only one without a number. With a snapshot, events
   * are missing, and the numbers go on from the one in it.
   */
  resumed: z.object({
    iceServers: z.array(IceServerInfo),
    snapshot: RoomAsFound.exactOptional(),
  }),
  /** All media of the room is lost, and there are new transports: ask `restoreMedia`, and produce again. */
  mediaReset: z.object({ send: TransportOptions.exactOptional(), recv: TransportOptions }),
  /** The token ends soon, and the session with it, unless `refreshToken` brings another one. */
  tokenExpiring: z.object({ expiresAt: Time }),
  /** The server will close; come back after `retryAfter` milliseconds. */
  closing: z.object({ code: z.string(), retryAfter: z.int().nonnegative() }),

  peerJoined: z.object({ peer: PeerInfo }),
  peerLeft: z.object({ peerId: z.string(), reason: z.string() }),
  peerUpdated: OfPeer.extend({
    metadata: Metadata.exactOptional(),
    handRaisedAt: Time.nullable().exactOptional(),
    reconnecting: z.boolean().exactOptional(),
    name: z.string().exactOptional(),
    userType: z.string().exactOptional(),
  }),
  /** This peer may do other things from now on; what it may do no longer was closed. */
  grantsChanged: z.object({
    userType: z.string(),
    grants: z.array(z.enum(GRANTS)),
    /** The transport to send on, for a peer that had none. */
    send: TransportOptions.exactOptional(),
  }),

  producerOpened: z.object({ peerId: z.string(), producer: ProducerInfo }),
  producerPaused: OfProducer,
  producerResumed: OfProducer,
  producerClosed: OfProducer,
  consumerOpened: z.object({ consumer: ConsumerInfo }),
  /** The server has closed this consumer, while its producer goes on. */
  consumerClosed: z.object({ consumerId: z.string() }),

  /** The server sends other layers of these videos than this client has use for, or pauses them, or does so no longer. */
  deliveryChanged: z.object({ consumers: z.array(DeliveryInfo) }),
  /**
   * Which layers of this peer's video somebody wants, in the order of its encodings, or of the spatial layers of one encoding.
   * The others need not be sent.
   */
  producerLayersChanged: z.object({ producerId: z.string(), active: z.array(z.boolean()) }),

  /** This peer sends more than twice `maxBitrate`, in bits per second: the server has paused or closed its largest producer. */
  incomingLimited: z.object({
    /** Of a producer or a data producer. */
    producerId: z.string(),
    action: z.enum(['paused', 'closed']),
    maxBitrate: z.int().positive(),
  }),

  dataConsumerOpened: z.object({ dataConsumer: DataConsumerInfo }),
  /** All who were in the room have opened their ends of this peer's own channel, and receive what it sends on it. */
  dataProducerReady: z.object({ dataProducerId: z.string() }),
  dataProducerClosed: z.object({ peerId: z.string(), dataProducerId: z.string() }),

  /** Who speaks. `levels` are loudest first, in dBov (RFC 6464: 0 is loudest, -127 silent). */
  speakersChanged: z.object({
    active: z.string().nullable(),
    levels: z.array(z.object({ peerId: z.string(), level: z.int().min(-127).max(0) })),
  }),

  /** How many peers only watch, and are not told one by one, as the room is large. */
  watchersChanged: z.object({ count: z.int().nonnegative() }),
  /** In a large room the microphones of these peers alone are forwarded from now on; null where all are. */
  audibleChanged: z.object({ peerIds: z.array(z.string()).nullable() }),

  /**
   * How good the connections of peers are, this one among them, and what keeps them from being better. Those that were never
   * told are excellent.
   */
  qualityChanged: z.object({ peers: z.array(PeerQuality) }),

  /** Acts of moderation, told to all in the room, those whom they concern among them. */
  sourceMuted: OfSource.extend({ mode: z.enum(['hard', 'soft']) }),
  sourceAllowed: OfSource,
  sourceStopped: OfSource,
  handsLowered: By.extend({ peerIds: z.array(z.string()) }),
  roomUpdated: By.extend({
    locked: z.boolean().exactOptional(),
    lobby: z.boolean().exactOptional(),
    metadata: Metadata.exactOptional(),
  }),
  /** Told to hosts alone. */
  waitingJoined: z.object({ waiting: WaitingInfo }),
  waitingLeft: z.object({ id: z.string(), reason: z.enum(['admitted', 'refused', 'left']) }),

  chatReceived: z.object({
    id: z.string(),
    /** The peer that wrote it; null where it was a backend. */
    from: z.string().nullable(),
    /** Set when it was told to one peer alone. */
    to: z.string().exactOptional(),
    text: z.string(),
    at: Time,
  }),

  /** What a backend sends, told to those with the grant `data`. */
  dataReceived: z.object({
    id: z.string(),
    /** Set when it was sent to one peer alone. */
    to: z.string().exactOptional(),
    topic: z.string(),
    data: z.unknown(),
    at: Time,
  }),
} as const;

export type EventName = keyof typeof events;
export type EventData<E extends EventName> = z.output<(typeof events)[E]>;
/** One event with its data, for every event. */
export type AnyEvent = { [E in EventName]: { event: E; data: EventData<E> } }[EventName];
