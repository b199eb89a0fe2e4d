import { AppError } from '../lib/errors.ts';
import type { TokenBucket } from '../lib/token-bucket.ts';
import { GRANT_OF_SOURCE, type Grant } from '../protocol/grants.ts';
import { type Method, methods, type Params, type Result } from '../protocol/methods.ts';
import type { IceServerInfo } from '../protocol/model.ts';
import type { Actor } from '../rooms/actor.ts';
import type { Moderation } from '../rooms/moderation.ts';
import type { Place } from '../rooms/rooms.ts';

/** What a handler works on. */
export interface HandlerContext extends Place {
  /** The session whose request it is. */
  readonly session: {
    iceServers(): IceServerInfo[];
    refreshToken(token: string): Result<'refreshToken'>;
  };
  readonly moderation: Moderation;
  /** Takes one for each chat message. */
  readonly chatRate: TokenBucket;
}

/** Nothing, where the answer is an empty object. */
type Answer<M extends Method> = string extends keyof Result<M> ? void : Result<M>;

interface Handler<M extends Method> {
  /** Whether it may be asked before the join; the others are refused with `not_joined`. */
  early?: true;
  /** The grant that it needs, which may depend on what is asked. */
  grant?: Grant | ((params: Params<M>) => Grant);
  run(context: HandlerContext, params: Params<M>): Answer<M> | Promise<Answer<M>>;
}

/** Every request of `aq.v1`: the grant that it needs and what does it. */
const handlers: { readonly [M in Method]: Handler<M> } = {
  ping: { early: true, run: () => {} },
  connect: { early: true, run: ({ peer }, dtls) => peer.media.connect(dtls) },
  join: { early: true, run: ({ peer, room }, params) => peer.join(params, (member) => room.admit(member)) },
  restoreMedia: {
    run: ({ peer, room }, params) => peer.restoreMedia(params, (member) => room.snapshot(member)),
  },
  refreshToken: { early: true, run: ({ session }, { token }) => session.refreshToken(token) },
  leave: { early: true, run: ({ peer }) => void setImmediate(() => peer.close('left')) },
  restartIce: {
    early: true,
    run: async ({ peer, session }, { transport }) => {
      const iceParameters = await peer.media.restartIce(transport);
      return { iceParameters, iceServers: session.iceServers() };
    },
  },

  produce: {
    grant: ({ source }) => GRANT_OF_SOURCE[source],
    run: ({ peer }, params) => peer.publishing.produce(params),
  },
  pauseProducer: { run: ({ peer }, { id }) => peer.publishing.pause(id) },
  resumeProducer: { run: ({ peer }, { id }) => peer.publishing.resume(id) },
  closeProducer: { run: ({ peer }, { id }) => peer.publishing.close(id) },

  resumeConsumers: {
    grant: 'subscribe',
    run: ({ peer }, { ids }) => {
      for (const subscription of ids.map((id) => peer.media.subscription(id))) subscription.resume();
    },
  },
  pauseConsumers: {
    grant: 'subscribe',
    run: ({ peer }, { ids }) => {
      for (const subscription of ids.map((id) => peer.media.subscription(id))) subscription.pause();
    },
  },
  setPreferredLayers: {
    grant: 'subscribe',
    run: ({ peer }, { id, ...layers }) => peer.media.subscription(id).setPreferredLayers(layers),
  },

  confirmDataConsumers: { grant: 'data', run: ({ peer }, { ids }) => peer.confirmData(ids) },
  produceData: { grant: 'data', run: ({ peer }, params) => peer.publishing.produceData(params) },
  closeDataProducer: { grant: 'data', run: ({ peer }, { id }) => peer.publishing.closeData(id) },

  chat: {
    grant: 'chat',
    run: ({ peer, room, chatRate }, { text, to }) => {
      if (!chatRate.take()) throw new AppError('rate_limited', 'too many chat messages, slow down');
      return room.chat(peer, text, to);
    },
  },
  setMetadata: { run: ({ peer }, { metadata }) => peer.setMetadata(metadata) },
  setHandRaised: { run: ({ peer }, { raised }) => peer.setHandRaised(raised) },

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
  listBans: moderating((moderation, _actor, room) => ({ bans: moderation.bans(room) })),
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
    run: ({ moderation, peer, room }, params) => run(moderation, { kind: 'peer', peer }, room.name, params),
  };
}

/**
 * Checks a request, its parameters and what its peer may do, and does it.
 * Throws `unknown_method`, `invalid_params`, `not_joined`, `forbidden`, and what the method throws.
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
  if (!handler.early && !context.peer.joined) throw new AppError('not_joined');
  const given = checked.data as Params<M>;
  const grant = typeof handler.grant === 'function' ? handler.grant(given) : handler.grant;
  if (grant && !context.peer.may(grant)) throw new AppError('forbidden', `this needs the grant ${grant}`);
  return await handler.run(context, given);
}

function isMethod(method: string): method is Method {
  return Object.hasOwn(handlers, method);
}
