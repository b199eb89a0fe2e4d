/** Random frames and random requests, well-formed and not, for a server that must not mind. */
import fc from 'fast-check';
import { methods } from '../../src/protocol/methods.ts';
import { fingerprints, rtpCapabilities, track } from './media.ts';

/** One step of a client: what it sends, or that it goes and comes back. */
export type Step =
  | { is: 'text'; text: string }
  | { is: 'binary'; bytes: Uint8Array }
  | { is: 'request'; method: string; params: unknown }
  | { is: 'hang up' };

/** Ids that a client may know: some of its own, some of others, some that nobody has. */
const id = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((n) => ({ known: n })),
  fc.uuid().map((uuid) => uuid),
  fc.string(),
);

/** Peers and users that somebody may know. */
const peerId = id;
const userId = fc.oneof(fc.string(), fc.constantFrom('publisher', 'watcher', 'bystander'));

const source = fc.constantFrom('mic', 'camera', 'screen', 'screen-audio', 'smell');

/** Sensible parameters of each method, so that random orders of them go deep. */
const sensible: Record<keyof typeof methods, fc.Arbitrary<unknown>> = {
  connect: fc.constantFrom(
    { send: { role: 'server', fingerprints } },
    { recv: { role: 'client', fingerprints } },
    {},
  ),
  join: fc.constantFrom(
    { rtpCapabilities },
    { rtpCapabilities: {} },
    { rtpCapabilities, metadata: { a: 1 } },
    { rtpCapabilities, rules: [{ source: 'camera', subscribe: false }] },
  ),
  restoreMedia: fc.record({ transportId: fc.string() }),
  resetMedia: fc.constant({}),
  refreshToken: fc.record({ token: fc.string() }),
  leave: fc.constant({}),
  ping: fc.constant({}),
  restartIce: fc.constantFrom({ transport: 'send' }, { transport: 'recv' }),
  produce: fc.tuple(source, fc.boolean()).map(([of, paused]) => ({
    ...track(of === 'mic' || of === 'screen-audio' ? 'mic' : 'camera'),
    source: of,
    paused,
  })),
  pauseProducer: fc.record({ id }),
  resumeProducer: fc.record({ id }),
  closeProducer: fc.record({ id }),
  hintSpeaking: fc.constant({}),
  listPeers: fc.record({ after: fc.string() }, { requiredKeys: [] }),
  resumeConsumers: fc.record({ ids: fc.array(id, { maxLength: 4 }) }),
  pauseConsumers: fc.record({ ids: fc.array(id, { maxLength: 4 }) }),
  setPreferredLayers: fc.record({ id, spatialLayer: fc.integer({ min: -1, max: 9 }) }),
  updateProducer: fc.record({ id, size: fc.record({ width: fc.integer(), height: fc.constant(720) }) }),
  updateSubscriptions: fc.record({
    views: fc.array(
      fc.record({
        producerId: id,
        visible: fc.boolean(),
        width: fc.integer({ min: -1, max: 5000 }),
        height: fc.constant(360),
      }),
      { maxLength: 3 },
    ),
    rules: fc.array(
      fc.record(
        { source: fc.constantFrom('mic', 'camera'), subscribe: fc.boolean() },
        { requiredKeys: ['subscribe'] },
      ),
      { maxLength: 3 },
    ),
  }),
  confirmDataConsumers: fc.record({ ids: fc.array(id, { maxLength: 4 }) }),
  produceData: fc.record({
    id: fc.uuid(),
    reliability: fc.constantFrom('reliable', 'lossy'),
    streamId: fc.integer({ min: -1, max: 70_000 }),
  }),
  closeDataProducer: fc.record({ id }),
  chat: fc.record({ text: fc.string() }, { requiredKeys: ['text'] }),
  setMetadata: fc.record({ metadata: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }) }),
  setHandRaised: fc.record({ raised: fc.boolean() }),
  muteSource: fc.record({ peerId, source, mode: fc.constantFrom('hard', 'soft') }),
  allowSource: fc.record({ peerId, source }),
  stopSource: fc.record({ peerId, source }),
  lowerHand: fc.record({ peerId }),
  lowerAllHands: fc.constant({}),
  setUserType: fc.record({ peerId, userType: fc.constantFrom('host', 'viewer', 'agent') }),
  setLocked: fc.record({ locked: fc.boolean() }),
  setLobby: fc.record({ lobby: fc.boolean() }),
  admitWaiting: fc.record({ id }),
  refuseWaiting: fc.record({ id }),
  removePeer: fc.record({ peerId }),
  banUser: fc.record({ userId }),
  unbanUser: fc.record({ userId }),
  listBans: fc.constant({}),
  endRoom: fc.constant({}),
  createInvitation: fc.record({ ttl: fc.integer({ min: 60, max: 600 }) }, { requiredKeys: [] }),
  listInvitations: fc.constant({}),
  revokeInvitation: fc.record({ code: fc.string({ maxLength: 64 }) }),
};

const names = Object.keys(methods) as (keyof typeof methods)[];

const request = fc
  .constantFrom(...names)
  .chain((method) => sensible[method].map((params) => ({ is: 'request' as const, method, params })));

const strangeRequest = fc.record({
  is: fc.constant('request' as const),
  method: fc.oneof(fc.constantFrom(...names), fc.string(), fc.constantFrom('__proto__', 'constructor')),
  params: fc.jsonValue({ maxDepth: 4 }),
});

/** A JSON text with one character changed, dropped or doubled. */
const brokenJson = fc
  .tuple(request, fc.nat(), fc.constantFrom('', '"', '{', ']', '\\', '\u0000', '1e999', '"__proto__":{},'))
  .map(([{ method, params }, at, into]) => {
    const text = JSON.stringify({ id: 1, method, params });
    const where = at % text.length;
    return { is: 'text' as const, text: text.slice(0, where) + into + text.slice(where + 1) };
  });

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: request },
  { weight: 15, arbitrary: strangeRequest },
  { weight: 12, arbitrary: brokenJson },
  { weight: 6, arbitrary: fc.json({ maxDepth: 6 }).map((text) => ({ is: 'text' as const, text })) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }).map((text) => ({ is: 'text' as const, text })) },
  {
    weight: 3,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ is: 'binary' as const, bytes })),
  },
  { weight: 1, arbitrary: fc.constant({ is: 'hang up' as const }) },
);
