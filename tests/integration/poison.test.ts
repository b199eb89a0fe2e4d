/**
 * One guest puts poison into every text and number of every request there is: none of it reaches the others, who are there or
 * come later (PROTOCOL.md, M11, T1, T3).
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Method, methods } from '../../src/protocol/methods.ts';
import { fingerprints, rtpCapabilities, track } from '../support/media.ts';
import { MARK, poisoned } from '../support/poison.ts';
import { RawClient, Refused, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const ROOM = 'poisoned';
const COSTS = ['CHAT', 'PRODUCES', 'PAUSES', 'UPDATES', 'CONSUMERS', 'LAYERS', 'CONNECTS', 'ACTS', 'TOKENS'];
let server: TestServer;
let lastId = 1000;
/** Before the join, or what would end the media of the guest and takes no values. */
const DONE: ReadonlySet<Method> = new Set(['connect', 'join', 'leave', 'resetMedia']);
/** Everything that was sent to those whom the guest is to poison, as it came. */
const heard: string[] = [];

beforeAll(async () => {
  server = await startServer({
    MESSAGES_PER_SECOND: '10000',
    MESSAGE_BURST: '100000',
    ...Object.fromEntries(COSTS.map((name) => [`${name}_PER_MINUTE`, '1000000'])),
    MAX_PRODUCERS_PER_PEER: '1000',
    MAX_DATA_PRODUCERS_PER_PEER: '1000',
  });
});
afterAll(() => server.close());

async function listener(user_id: string): Promise<RawClient> {
  const client = await RawClient.open(server, server.token({ user_id, room: ROOM, user_type: 'host' }));
  client.socket.on('message', (data) => heard.push(String(data)));
  await client.joinRoom();
  return client;
}

function guest(): Promise<RawClient> {
  return RawClient.open(server, server.token({ user_id: 'gus', room: ROOM, user_type: 'guest' }));
}

const id = 'an-id';
const codec = { clockRate: 90000, parameters: { 'max-fs': 3600, 'max-fr': 30 } };
const feedback = [{ type: 'nack', parameter: 'pli' }];
const camera = track('camera', {
  codecs: [
    { ...codec, mimeType: 'video/VP8', payloadType: 96, rtcpFeedback: feedback },
    { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96, 'rtx-time': 3000 } },
  ],
  headerExtensions: [
    { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 1, encrypt: false, parameters: { a: 'b' } },
  ],
  encodings: [
    {
      ...{ ssrc: 1, rid: 'r0', codecPayloadType: 96, rtx: { ssrc: 2 }, dtx: false, scalabilityMode: 'L1T1' },
      ...{ scaleResolutionDownBy: 1, maxBitrate: 1_000_000, active: true },
    },
  ],
  rtcp: { cname: 'cname', reducedSize: true, mux: true },
  msid: 'stream track',
});
const dtls = { send: { role: 'client', fingerprints }, recv: { role: 'client', fingerprints } };

/** Parameters of each method that use every key. */
const sensible: Record<Method, object> = {
  connect: dtls,
  join: {
    rtpCapabilities: {
      codecs: rtpCapabilities.codecs?.map((known) => ({
        ...known,
        parameters: { 'max-fs': 1, minptime: 10 },
        rtcpFeedback: feedback,
      })),
      headerExtensions: rtpCapabilities.headerExtensions?.map((known) => ({
        ...known,
        direction: 'sendrecv',
        preferredEncrypt: false,
      })),
    },
    dtls,
    rules: [{ producerId: id, peerId: id, source: 'camera', subscribe: true }],
  },
  restoreMedia: { transportId: id, dtls },
  resetMedia: {},
  refreshToken: { token: 'a.b.c' },
  leave: {},
  ping: {},
  restartIce: { transport: 'send' },
  produce: { ...camera, paused: false, size: { width: 1280, height: 720 } },
  updateProducer: { id, size: { width: 1280, height: 720 } },
  updateSubscriptions: {
    views: [{ producerId: id, visible: true, width: 640, height: 360, pinned: false }],
    rules: [{ producerId: id, peerId: id, source: 'camera', subscribe: true }],
  },
  pauseProducer: { id },
  resumeProducer: { id },
  closeProducer: { id },
  hintSpeaking: {},
  listPeers: { after: id },
  resumeConsumers: { ids: [id] },
  pauseConsumers: { ids: [id] },
  setPreferredLayers: { id, spatialLayer: 1, temporalLayer: 1 },
  confirmDataConsumers: { ids: [id] },
  produceData: { id, reliability: 'lossy', streamId: 1 },
  closeDataProducer: { id },
  // What is in metadata is free, as is the text of a chat, which has no receiver here: they stay JSON wherever they go.
  chat: { text: 'to nobody', to: id },
  setMetadata: {},
  setHandRaised: { raised: true },
  muteSource: { peerId: id, source: 'mic', mode: 'hard' },
  allowSource: { peerId: id, source: 'mic' },
  stopSource: { peerId: id, source: 'mic' },
  lowerHand: { peerId: id },
  lowerAllHands: {},
  setUserType: { peerId: id, userType: 'guest' },
  setLocked: { locked: true },
  setLobby: { lobby: true },
  admitWaiting: { id },
  refuseWaiting: { id },
  removePeer: { peerId: id },
  banUser: { userId: id },
  unbanUser: { userId: id },
  listBans: {},
  endRoom: {},
  createInvitation: { userType: 'guest' },
  listInvitations: {},
  revokeInvitation: { code: 'x' },
};

/** Sends it, and undoes what it did where it was taken, so that the next one can be tried. */
async function attempt(client: RawClient, method: Method, params: object): Promise<RawClient> {
  try {
    const fresh = 'id' in params && params.id === camera.id ? { ...params, id: randomUUID() } : params;
    await client.ask({ id: ++lastId, method, params: fresh });
    if (method === 'produce' && 'id' in fresh)
      await client.ask({ id: ++lastId, method: 'closeProducer', params: { id: fresh.id } });
    if (method !== 'join' && method !== 'connect') return client;
    await client.close();
    return await guest();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    expect(error.code, `${method} ${JSON.stringify(params)}`).not.toBe('internal');
    return client;
  }
}
test('nothing that one guest sends poisons the others', async () => {
  const bob = await listener('bob');
  let stranger = await guest();
  for (const method of ['connect', 'join'] as const) {
    for (const params of poisoned(sensible[method])) stranger = await attempt(stranger, method, params);
  }
  const gus = await guest();
  await gus.joinRoom();
  for (const method of Object.keys(methods) as Method[]) {
    if (DONE.has(method)) continue;
    for (const params of poisoned(sensible[method])) await attempt(gus, method, params);
  }
  await gus.request('produce', { ...camera, id: randomUUID() });
  await bob.settled();
  const newcomer = await listener('nick');
  await newcomer.settled();

  expect(heard.filter((frame) => frame.includes(MARK) || frame.includes('candidate:1 1'))).toEqual([]);
  const consumers = bob.all('consumerOpened').map(({ consumer }) => JSON.stringify(consumer.rtpParameters));
  expect(consumers.length).toBeGreaterThan(50);
  expect(consumers.filter((text) => !/^[\x20-\x5b\x5d-\x7e]{1,2000}$/.test(text))).toEqual([]);
  expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  for (const client of [stranger, gus, bob, newcomer]) await client.close();
}, 120_000);

test('[T1] [T3] metadata that is nested very deep or too long, and chat that is no Unicode, are invalid_params', async () => {
  const gus = await guest();
  await gus.joinRoom();
  const long = { metadata: { a: '€'.repeat(1400) } };
  expect(await refusal(gus.request('setMetadata', long))).toBe('invalid_params');
  expect(await refusal(gus.request('chat', { text: 'half a smile \ud83d' }))).toBe('invalid_params');
  const answer = once(gus.socket, 'message');
  const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
  gus.socket.send(`{"id":100,"method":"setMetadata","params":{"metadata":${deep}}}`);
  const [frame] = await answer;
  expect(JSON.parse(String(frame)).error.code).toBe('invalid_params');
  await gus.close();
});
