import { AppError } from '../lib/errors.ts';
import { GRANT_OF_SOURCE, type Grant } from '../protocol/grants.ts';
import { isMethod, type Method, methods, type Params, type Result } from '../protocol/methods.ts';
import type { IceServerInfo } from '../protocol/model.ts';
import type { Actor } from '../rooms/actor.ts';
import { sendChat } from '../rooms/chat.ts';
import type { Cost, Costs } from '../rooms/costs.ts';
import type { Moderation } from '../rooms/moderation.ts';
import type { Peer } from '../rooms/peer.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomInvitations } from '../rooms/room-invitations.ts';

/** What a handler works on. */
export interface HandlerContext {
  readonly peer: Peer;
  readonly room: Room;
  /** The session whose request it is. */
  readonly session: {
    iceServers(): IceServerInfo[];
    refreshToken(token: string): Result<'refreshToken'>;
  };
  readonly moderation: Moderation;
  readonly invitations: RoomInvitations;
  readonly costs: Costs;
}

/** Nothing, where the answer is an empty object. */
type Answer<M extends Method> = string extends keyof Result<M> ? void : Result<M>;

interface Handler<M extends Method> {
  /** Whether it may be asked before the join; the others are refused with `not_joined`. */
  early?: true;
  /** The grant that it needs, which may depend on what is asked. */
  grant?: Grant | ((params: Params<M>) => Grant);
  /** What it costs; without it only the rate of all messages is limited. */
  cost?: Cost;
  /** How many units it costs; one without it. */
  units?: (params: Params<M>) => number;
  run(context: HandlerContext, params: Params<M>): Answer<M> | Promise<Answer<M>>;
  /** Answers it once more, when it was done and its client missed the answer. */
  repeat?(context: HandlerContext): Answer<M>;
}

/** Every request of `aq.v1`: the grant that it needs, what it costs, and what does it. */
const handlers: { readonly [M in Method]: Handler<M> } = {
  ping: { early: true, run: () => {} },
  connect: { early: true, cost: 'connect', run: ({ peer }, dtls) => peer.media.connect(dtls) },
  join: {
    early: true,
    cost: 'connect',
    run: ({ peer }, params) => peer.join(params),
    repeat: ({ peer }) => peer.roomNow(),
  },
  restoreMedia: {
    cost: 'connect',
    run: ({ peer }, params) => peer.restoreMedia(params),
    repeat: ({ peer }) => peer.roomNow(),
  },
  resetMedia: { cost: 'connect', units: () => 10, run: ({ peer }) => peer.resetMedia() },
  refreshToken: { early: true, cost: 'token', run: ({ session }, { token }) => session.refreshToken(token) },
  leave: { early: true, run: ({ peer }) => void setImmediate(() => peer.close('left')) },
  restartIce: {
    early: true,
    cost: 'connect',
    run: async ({ peer, session }, { transport }) => {
      const iceParameters = await peer.media.restartIce(transport);
      return { iceParameters, iceServers: session.iceServers() };
    },
  },

  produce: {
    grant: ({ source }) => GRANT_OF_SOURCE[source],
    cost: 'produce',
    run: ({ peer }, params) => peer.publications.produce(params),
  },
  pauseProducer: { cost: 'pause', run: ({ peer }, { id }) => peer.publications.pause(id) },
  resumeProducer: { cost: 'pause', run: ({ peer }, { id }) => peer.publications.resume(id) },
  updateProducer: { cost: 'layers', run: ({ peer }, { id, size }) => peer.publications.resize(id, size) },
  closeProducer: { run: ({ peer }, { id }) => peer.publications.close(id) },
  hintSpeaking: {
    grant: GRANT_OF_SOURCE.mic,
    cost: 'hint',
    run: ({ peer, room }) => room.hintSpeaking(peer),
  },

  resumeConsumers: {
    grant: 'subscribe',
    cost: 'consumer',
    units: ({ ids }) => ids.length,
    run: ({ peer }, { ids }) => {
      for (const subscription of ids.map((id) => peer.media.subscription(id))) subscription.resume();
    },
  },
  pauseConsumers: {
    grant: 'subscribe',
    cost: 'consumer',
    units: ({ ids }) => ids.length,
    run: ({ peer }, { ids }) => {
      for (const subscription of ids.map((id) => peer.media.subscription(id))) subscription.pause();
    },
  },
  setPreferredLayers: {
    grant: 'subscribe',
    cost: 'layers',
    run: ({ peer }, params) => peer.setPreferredLayers(params),
  },
  updateSubscriptions: {
    grant: 'subscribe',
    cost: 'layers',
    units: ({ views, rules }) => Math.max(1, views.length + rules.length),
    run: ({ peer }, params) => peer.updateSubscriptions(params),
  },

  confirmDataConsumers: {
    grant: 'data',
    cost: 'consumer',
    units: ({ ids }) => ids.length,
    run: ({ peer }, { ids }) => peer.confirmData(ids),
  },
  produceData: {
    grant: 'data',
    cost: 'produce',
    run: ({ peer }, params) => peer.publications.produceData(params),
  },
  closeDataProducer: { grant: 'data', run: ({ peer }, { id }) => peer.publications.closeData(id) },

  listPeers: { cost: 'list', run: ({ peer, room }, { after }) => room.page(peer, after) },

  chat: {
    grant: 'chat',
    cost: 'chat',
    run: ({ peer, room }, { text, to }) => sendChat(room, peer, text, to),
  },
  setMetadata: { cost: 'update', run: ({ peer }, { metadata }) => peer.setMetadata(metadata) },
  setHandRaised: { cost: 'update', run: ({ peer }, { raised }) => peer.setHandRaised(raised) },

  muteSource: moderating((moderation, actor, room, params) => moderation.muteSource(actor, room, params)),
  allowSource: moderating((moderation, actor, room, params) => moderation.allowSource(actor, room, params)),
  stopSource: moderating((moderation, actor, room, params) => moderation.stopSource(actor, room, params)),
  lowerHand: moderating((moderation, actor, room, params) => moderation.lowerHand(actor, room, params)),
  lowerAllHands: moderating((moderation, actor, room) => moderation.lowerAllHands(actor, room)),
  setUserType: moderating((moderation, actor, room, params) => moderation.setUserType(actor, room, params)),
  setLocked: moderating((moderation, actor, room, { locked }) => moderation.setLocked(actor, room, locked)),
  setLobby: moderating((moderation, actor, room, { lobby }) => moderation.setLobby(actor, room, lobby)),
  admitWaiting: moderating((moderation, actor, room, { id }) => moderation.admitWaiting(actor, room, id)),
  refuseWaiting: moderating((moderation, actor, room, { id }) => moderation.refuseWaiting(actor, room, id)),
  removePeer: moderating((moderation, actor, room, { peerId }) => moderation.removePeer(actor, room, peerId)),
  banUser: moderating((moderation, actor, room, { userId }) => moderation.banUser(actor, room, userId)),
  unbanUser: moderating((moderation, actor, room, { userId }) => moderation.unbanUser(actor, room, userId)),
  listBans: moderating((moderation, _actor, room, { after }) => moderation.bans(room, after)),
  createInvitation: {
    grant: 'invite',
    cost: 'act',
    run: ({ invitations, peer, room }, params) => invitations.create(peer, room.name, params),
  },
  listInvitations: {
    grant: 'invite',
    cost: 'act',
    run: ({ invitations, room }) => ({ invitations: invitations.list(room.name) }),
  },
  revokeInvitation: {
    grant: 'invite',
    cost: 'act',
    run: ({ invitations, peer, room }, { code }) => invitations.revoke(peer, room.name, code),
  },
  endRoom: moderating((moderation, actor, room) => moderation.endRoom(actor, room)),
};

/** An act of moderation: done by this peer, in its own room. Whom it may be done to is asked there. */
function moderating<M extends Method>(
  run: (
    moderation: Moderation,
    actor: Actor,
    room: string,
    params: Params<M>,
  ) => ReturnType<Handler<M>['run']>,
): Handler<M> {
  return {
    grant: 'moderate',
    cost: 'act',
    run: ({ moderation, peer, room }, params) => run(moderation, { kind: 'peer', peer }, room.name, params),
  };
}

/**
 * Checks a request, its parameters and what its peer may do, and does it.
 * Throws `unknown_method`, `invalid_params`, `not_joined`, `forbidden`, `rate_limited`, and what the method throws.
 */
export async function handle(context: HandlerContext, method: string, params: unknown): Promise<unknown> {
  if (!isMethod(method)) throw new AppError('unknown_method');
  return await run(method, context, params);
}

async function run<M extends Method>(method: M, context: HandlerContext, params: unknown): Promise<unknown> {
  const handler: Handler<M> = handlers[method];
  const checked = methods[method].params.safeParse(params);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new AppError('invalid_params', `${issue?.path.join('.') || 'params'}: ${issue?.message}`);
  }
  if (!handler.early && !context.peer.hasJoined) throw new AppError('not_joined');
  const given = checked.data as Params<M>;
  const grant = typeof handler.grant === 'function' ? handler.grant(given) : handler.grant;
  if (grant && !context.peer.may(grant)) throw new AppError('forbidden', `requires the grant ${grant}`);
  const { cost, units } = handler;
  if (cost) context.costs.take(cost, context.peer.identity, units?.(given));
  return await handler.run(context, given);
}

/** Whether a request of this method that was done can be answered once more. */
export function isRepeatable(method: string): boolean {
  return isMethod(method) && handlers[method].repeat !== undefined;
}

/** The answer to such a request at this moment. It costs what the request did. Throws `rate_limited`. */
export function repeat(context: HandlerContext, method: string): unknown {
  if (!isMethod(method)) return undefined;
  const { cost, repeat } = handlers[method];
  if (cost) context.costs.take(cost, context.peer.identity);
  return repeat?.(context);
}
