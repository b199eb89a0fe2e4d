/** The requests of `aq.v1`: what each takes and what its answer is. The rules stand in PROTOCOL.md. */
import { z } from 'zod';
import { Demands, SubscriptionRules } from './attention.ts';
import { CHAT_MAX } from './constants.ts';
import { INVITED_USER_TYPES, KIND_OF_SOURCE, ROOM_USER_TYPES, SOURCES } from './grants.ts';
import { isOfKind, PictureSize, RtpCapabilities, RtpParameters } from './media.ts';
import { Metadata } from './metadata.ts';
import {
  IceServerInfo,
  Id,
  InvitationInfo,
  PeerInfo,
  Reference,
  Reliability,
  RoomAsFound,
  Time,
} from './model.ts';
import { Name } from './names.ts';
import { Dtls, IceParameters, StreamId } from './transports.ts';

const Nothing = z.object({});
const ById = z.object({ id: Reference });
const OfPeer = z.object({ peerId: Reference });
const OfUser = z.object({ userId: Name });
const OfSource = OfPeer.extend({ source: z.enum(SOURCES) });
const ByIds = z.object({ ids: z.array(Reference).max(1000) });

export const methods = {
  /** Connects transports before the join, so that ICE and DTLS are done behind a pre-join screen. */
  connect: { params: Dtls, result: Nothing },
  join: {
    params: z.object({
      rtpCapabilities: RtpCapabilities,
      dtls: Dtls.exactOptional(),
      metadata: Metadata.exactOptional(),
      /** What it wants to receive; everything without them. */
      rules: SubscriptionRules.exactOptional(),
    }),
    result: RoomAsFound,
  },
  /** After `mediaReset`: takes the new transports, and answers what there is to receive by now. */
  restoreMedia: {
    params: z.object({
      /** The `send.id` of that event, or its `recv.id`: the server may have lost the media once more since. */
      transportId: Reference,
      dtls: Dtls.exactOptional(),
    }),
    result: RoomAsFound,
  },
  /** Gives up the media of this peer, which the client cannot use any more. `mediaReset` follows, with other transports. */
  resetMedia: { params: Nothing, result: Nothing },
  /** Goes on with another token of the same user for the same room, whose claims count from now on. */
  refreshToken: {
    params: z.object({ token: z.string().max(8192) }),
    result: z.object({ expiresAt: Time }),
  },
  leave: { params: Nothing, result: Nothing },
  ping: { params: Nothing, result: Nothing },
  restartIce: {
    params: z.object({ transport: z.enum(['send', 'recv']) }),
    result: z.object({ iceParameters: IceParameters, iceServers: z.array(IceServerInfo) }),
  },

  produce: {
    params: z
      .object({
        id: Id,
        source: z.enum(SOURCES),
        rtpParameters: RtpParameters,
        paused: z.boolean().default(false),
        /** Of the track of a video, without scaling. */
        size: PictureSize.exactOptional(),
      })
      .refine(({ source, rtpParameters }) => isOfKind(KIND_OF_SOURCE[source], rtpParameters), {
        path: ['rtpParameters', 'codecs'],
        message: 'a codec is not of the kind of the source',
      }),
    result: Nothing,
  },
  pauseProducer: { params: ById, result: Nothing },
  resumeProducer: { params: ById, result: Nothing },
  closeProducer: { params: ById, result: Nothing },
  /** The track of a video has another size from now on. */
  updateProducer: { params: ById.extend({ size: PictureSize }), result: Nothing },

  /** The user of this peer begins to speak: in a large room it is forwarded at once, before the server hears it itself. */
  hintSpeaking: { params: Nothing, result: Nothing },

  resumeConsumers: { params: ByIds, result: Nothing },
  pauseConsumers: { params: ByIds, result: Nothing },
  /** What the client shows and wants to receive, for as many videos as have changed. */
  updateSubscriptions: { params: Demands, result: Nothing },
  /** The best layers of one consumer that are of use to the client, whatever it shows. */
  setPreferredLayers: {
    params: z.object({
      id: Reference,
      spatialLayer: z.int().min(0).max(7),
      temporalLayer: z.int().min(0).max(7).exactOptional(),
    }),
    result: Nothing,
  },

  /** The client has opened its ends of these channels, and receives what is sent from now on. */
  confirmDataConsumers: { params: ByIds, result: Nothing },
  produceData: {
    params: z.object({ id: Id, reliability: Reliability, streamId: StreamId }),
    result: Nothing,
  },
  closeDataProducer: { params: ById, result: Nothing },

  /** Some of the other peers, by their ids: those after the peer `after`. `next` is the `after` for the rest, where there is more. */
  listPeers: {
    params: z.object({ after: Reference.exactOptional() }),
    result: z.object({ peers: z.array(PeerInfo), next: z.string().exactOptional() }),
  },

  chat: {
    params: z.object({
      text: z
        .string()
        .min(1)
        .max(CHAT_MAX)
        .refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
      /** The peer to tell; everyone in the room without it. */
      to: Reference.exactOptional(),
    }),
    result: z.object({ id: z.string(), at: Time }),
  },
  setMetadata: { params: z.object({ metadata: Metadata }), result: Nothing },
  setHandRaised: { params: z.object({ raised: z.boolean() }), result: Nothing },

  /** Acts of moderation, which need the grant `moderate` (PROTOCOL.md, rules A and W). */
  muteSource: {
    params: OfSource.extend({
      /** `hard` until a host allows it; `soft` until the peer resumes it. */
      mode: z.enum(['hard', 'soft']),
    }),
    result: Nothing,
  },
  allowSource: { params: OfSource, result: Nothing },
  stopSource: { params: OfSource, result: Nothing },
  lowerHand: { params: OfPeer, result: Nothing },
  lowerAllHands: { params: Nothing, result: Nothing },
  setUserType: { params: OfPeer.extend({ userType: z.enum(ROOM_USER_TYPES) }), result: Nothing },
  setLocked: { params: z.object({ locked: z.boolean() }), result: Nothing },
  setLobby: { params: z.object({ lobby: z.boolean() }), result: Nothing },
  admitWaiting: { params: ById, result: Nothing },
  refuseWaiting: { params: ById, result: Nothing },
  /** Takes a peer out, with all others of its user. */
  removePeer: { params: OfPeer, result: Nothing },
  banUser: { params: OfUser, result: Nothing },
  unbanUser: { params: OfUser, result: Nothing },
  /** Some of the bans, by user id: those after the user `after`. `next` is the `after` for the rest, where there is more. */
  listBans: {
    params: z.object({ after: Name.exactOptional() }),
    result: z.object({
      bans: z.array(z.object({ userId: z.string(), at: Time })),
      next: z.string().exactOptional(),
    }),
  },
  endRoom: { params: Nothing, result: Nothing },

  /** Invitations to this peer's room, which need the grant `invite` (PROTOCOL.md, rules V). */
  createInvitation: {
    params: z.object({
      userType: z.enum(INVITED_USER_TYPES).default('guest'),
      /** How long the code is good, in seconds. */
      ttl: z.int().min(60).max(604_800).default(86_400),
      maxUses: z.int().min(1).max(1000).exactOptional(),
    }),
    result: InvitationInfo,
  },
  listInvitations: { params: Nothing, result: z.object({ invitations: z.array(InvitationInfo) }) },
  /** Revokes the tokens too that the code has become. */
  revokeInvitation: { params: z.object({ code: z.string().max(64) }), result: Nothing },
} as const;

export type Method = keyof typeof methods;
/** What a client may write as parameters. */
export type ParamsIn<M extends Method> = z.input<(typeof methods)[M]['params']>;
/** What a handler gets: checked, with defaults filled in. */
export type Params<M extends Method> = z.output<(typeof methods)[M]['params']>;
export type Result<M extends Method> = z.output<(typeof methods)[M]['result']>;

/** Whether there is a request of this name. */
export function isMethod(method: string): method is Method {
  return Object.hasOwn(methods, method);
}
