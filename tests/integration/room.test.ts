/** Peers of one room among themselves: the rules J, M and T of PROTOCOL.md, over real sockets and a real worker. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SOURCES } from '../../src/protocol/grants.ts';
import { rtpCapabilities, track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const open: RawClient[] = [];

beforeAll(async () => {
  server = await startServer({
    MAX_PRODUCERS_PER_PEER: '4',
    MAX_DATA_PRODUCERS_PER_PEER: '2',
    MAX_PEERS_PER_ROOM: '10',
  });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});
afterAll(() => server.close());

/** A client that has joined a room. */
async function joined(user_id: string, room: string, user_type = 'host'): Promise<RawClient> {
  const client = await RawClient.join(server, server.token({ user_id, room, user_type }));
  open.push(client);
  return client;
}

async function waiting(user_id: string, room: string): Promise<RawClient> {
  const client = await RawClient.open(server, server.token({ user_id, room }));
  open.push(client);
  return client;
}

describe('joining', () => {
  test('[L1] welcome is the first event and says who one is', async () => {
    const client = await waiting('ann', 'welcome');
    expect(client.told[0]).toMatchObject({ seq: 1, event: 'welcome' });
    expect(client.welcome).toMatchObject({
      protocol: 'aq.v1',
      room: 'welcome',
      user: { id: 'ann', name: 'ann', type: 'guest' },
      grants: ['publish:mic', 'publish:camera', 'subscribe', 'chat', 'data'],
    });
    expect(client.welcome.send?.iceCandidates.length).toBeGreaterThan(0);
    expect(client.welcome.send?.id).not.toBe(client.welcome.recv.id);
  });

  test('[D5] a socket that has not joined is no peer, and hears nothing', async () => {
    const silent = await waiting('silent', 'unseen');
    const ann = await joined('ann', 'unseen');
    await ann.request('chat', { text: 'anybody?' });
    await ann.request('produce', track('mic'));
    await silent.settled();
    expect(silent.told.map(({ event }) => event)).toEqual(['welcome']);
    const bob = await joined('bob', 'unseen');
    await ann.settled();
    expect(ann.all('peerJoined').map(({ peer }) => peer.userId)).toEqual(['bob']);
    expect(await refusal(bob.request('chat', { text: 'psst', to: silent.id }))).toBe('not_found');
  });

  test('[J1] before the join, what needs one is refused', async () => {
    const client = await waiting('early', 'early');
    expect(await refusal(client.request('chat', { text: 'hello' }))).toBe('not_joined');
    expect(await refusal(client.request('produce', track('mic')))).toBe('not_joined');
    expect(await client.request('ping', {})).toEqual({});
    expect((await client.request('restartIce', { transport: 'send' })).iceParameters.iceLite).toBe(true);
  });

  test('[J2] join and produce go in one flight', async () => {
    const client = await waiting('flight', 'flight');
    const answers = await Promise.all([
      client.joinRoom(),
      client.request('produce', track('mic')),
      client.request('produce', track('camera')),
    ]);
    const own = {
      mutedSources: [],
      published: [],
      handRaised: false,
      audible: null,
      watchers: 0,
      metadata: {},
    };
    const room = { locked: false, lobby: false, ...own, waiting: [] };
    expect(answers).toEqual([{ seq: 1, room, peers: [], consumers: [], dataConsumers: [] }, {}, {}]);
  });

  test('[J3] fingerprints come with connect or with join, and once', async () => {
    const client = await waiting('twice', 'twice');
    const { fingerprints } = await import('../support/media.ts');
    const dtls = { role: 'client' as const, fingerprints };
    const otherDtls = { ...dtls, role: 'server' as const };
    await client.request('connect', { send: dtls, recv: dtls });
    await client.request('connect', { recv: dtls }); // the same again changes nothing
    expect(await refusal(client.request('connect', { recv: otherDtls }))).toBe('already_connected');
    expect(await refusal(client.joinRoom())).toBe('already_connected'); // with another role
    await client.request('join', { rtpCapabilities, dtls: { send: dtls, recv: dtls } });
  });

  test('[J4] the answer has the others and a consumer for all that they publish', async () => {
    const ann = await joined('ann', 'answer');
    const mic = track('mic');
    await ann.request('produce', mic);
    await ann.request('produce', { ...track('camera'), paused: true });
    const bob = await waiting('bob', 'answer');
    const { peers, consumers } = await bob.joinRoom();
    expect(peers).toMatchObject([
      { id: ann.id, userId: 'ann', userType: 'host', handRaisedAt: null, metadata: {} },
    ]);
    expect(peers[0]?.producers).toHaveLength(2);
    expect(consumers).toMatchObject([
      { peerId: ann.id, producerId: mic.id, source: 'mic', kind: 'audio', paused: false },
      { peerId: ann.id, source: 'camera', kind: 'video', paused: true },
    ]);
    await bob.request('resumeConsumers', { ids: consumers.map(({ id }) => id) });
    expect((await ann.next('peerJoined')).peer).toMatchObject({ id: bob.id, userId: 'bob' });
  });

  test('[J5] a second join is refused', async () => {
    const client = await joined('again', 'again');
    expect(await refusal(client.request('join', { rtpCapabilities }))).toBe('already_joined');
  });

  test('[R3] of twenty joins at one moment into a room for ten, ten get in', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, (_, n) => waiting(`crowd-${n}`, 'crowd')));
    const results = await Promise.allSettled(clients.map((client) => client.joinRoom()));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const result of refused) expect(result).toMatchObject({ reason: { code: 'room_full' } });
  });
});

describe('media', () => {
  test('[M1] an id is taken once in a room, by whomever', async () => {
    const [ann, bob] = [await joined('ann', 'ids'), await joined('bob', 'ids')];
    const first = track('mic');
    await ann.request('produce', first);
    expect(await refusal(bob.request('produce', { ...track('camera'), id: first.id }))).toBe('id_taken');
    expect(await refusal(ann.request('produce', { ...track('camera'), id: first.id }))).toBe('id_taken');
    await ann.request('closeProducer', { id: first.id });
    await bob.request('produce', { ...track('camera'), id: first.id });
  });

  test('[M1] a source needs its grant', async () => {
    const guest = await joined('guest', 'grants', 'guest');
    const viewer = await joined('viewer', 'grants', 'viewer');
    expect(await refusal(guest.request('produce', track('screen')))).toBe('forbidden');
    expect(await refusal(guest.request('produce', track('screen-audio')))).toBe('forbidden');
    expect(await refusal(viewer.request('produce', track('mic')))).toBe('forbidden');
    await guest.request('produce', track('mic'));
    expect(await viewer.next('producerOpened')).toMatchObject({
      peerId: guest.id,
      producer: { source: 'mic' },
    });
    expect((await viewer.next('consumerOpened')).consumer.peerId).toBe(guest.id);
  });

  test('[M1] parameters that mediasoup refuses are invalid_media, and cost nobody anything', async () => {
    const ann = await joined('ann', 'refused');
    const codecs = [{ mimeType: 'video/nonsense', payloadType: 96, clockRate: 90000 }];
    const refused = track('camera', { codecs });
    expect(await refusal(ann.request('produce', refused))).toBe('invalid_media');
    expect(await refusal(ann.request('produce', track('camera', { encodings: [] })))).toBe('invalid_params');
    await ann.request('produce', { ...track('camera'), id: refused.id });
  });

  test('[M2] pause, resume and close of a producer are told', async () => {
    const [ann, bob] = [await joined('ann', 'told'), await joined('bob', 'told')];
    const { id, ...mic } = track('mic');
    await ann.request('produce', { id, ...mic });
    await ann.request('pauseProducer', { id });
    await ann.request('pauseProducer', { id });
    await ann.request('resumeProducer', { id });
    await ann.request('closeProducer', { id });
    const fact = { peerId: ann.id, producerId: id };
    expect(await bob.next('producerClosed')).toEqual(fact);
    expect(bob.told.map(({ event }) => event).filter((event) => event.startsWith('producer'))).toEqual([
      'producerOpened',
      'producerPaused',
      'producerResumed',
      'producerClosed',
    ]);
    expect(ann.told.some(({ event }) => event.startsWith('producer'))).toBe(false);
    expect(await refusal(ann.request('closeProducer', { id }))).toBe('not_found');
  });

  test('[M2] all four sources at once; a leaving peer is one event', async () => {
    const [ann, bob] = [await joined('ann', 'leaving'), await joined('bob', 'leaving')];
    for (const source of SOURCES) await ann.request('produce', track(source));
    expect(await refusal(ann.request('produce', track('mic')))).toBe('limit_reached');
    await bob.settled();
    const opened = bob.all('producerOpened').map(({ producer }) => producer.source);
    expect(opened).toEqual([...SOURCES]);
    await ann.request('leave', {});
    expect(await ann.closed).toEqual({ close: 1000, reason: 'left' });
    expect(await bob.next('peerLeft')).toEqual({ peerId: ann.id, reason: 'left' });
    expect(bob.all('producerClosed')).toEqual([]);
  });

  test('[M4] ids of others are not found', async () => {
    const [ann, bob] = [await joined('ann', 'others'), await joined('bob', 'others')];
    const mic = track('mic');
    await ann.request('produce', mic);
    const { consumer } = await bob.next('consumerOpened');
    for (const method of ['pauseProducer', 'resumeProducer', 'closeProducer'] as const) {
      expect(await refusal(bob.request(method, { id: mic.id }))).toBe('not_found');
    }
    expect(await refusal(ann.request('resumeConsumers', { ids: [consumer.id] }))).toBe('not_found');
    expect(await refusal(ann.request('setPreferredLayers', { id: consumer.id, spatialLayer: 0 }))).toBe(
      'not_found',
    );
    await bob.request('setPreferredLayers', { id: consumer.id, spatialLayer: 0 });
    await bob.request('pauseConsumers', { ids: [consumer.id] });
  });

  test('[M6] data channels are offered to those who may', async () => {
    const [ann, bob, viewer] = [
      await joined('ann', 'data'),
      await joined('bob', 'data'),
      await joined('eve', 'data', 'viewer'),
    ];
    const channel = (streamId: number, reliability: 'reliable' | 'lossy') => ({
      id: randomUUID(),
      reliability,
      streamId,
    });
    const lossy = channel(1, 'lossy');
    await ann.request('produceData', channel(0, 'reliable'));
    await ann.request('produceData', lossy);
    expect(await refusal(ann.request('produceData', channel(2, 'lossy')))).toBe('limit_reached');
    expect(await refusal(viewer.request('produceData', channel(0, 'lossy')))).toBe('forbidden');
    const offered = await bob.next(
      'dataConsumerOpened',
      ({ dataConsumer }) => dataConsumer.reliability === 'lossy',
    );
    expect(offered.dataConsumer).toMatchObject({ peerId: ann.id, dataProducerId: lossy.id });
    expect(offered.dataConsumer.sctpStreamParameters).toMatchObject({ ordered: false, maxRetransmits: 1 });
    const late = await waiting('late', 'data');
    expect((await late.joinRoom()).dataConsumers).toHaveLength(2);
    await ann.request('closeDataProducer', { id: lossy.id });
    expect(await bob.next('dataProducerClosed')).toEqual({ peerId: ann.id, dataProducerId: lossy.id });
    await viewer.settled();
    expect(viewer.all('dataConsumerOpened')).toEqual([]);
  });
});

describe('a new data channel', () => {
  const open = async (ann: RawClient) => {
    const id = randomUUID();
    await ann.request('produceData', { id, reliability: 'reliable', streamId: 0 });
    return id;
  };

  test('[M6] is ready at once where nobody else is', async () => {
    const ann = await joined('ann', 'alone');
    const dataProducerId = await open(ann);
    expect(await ann.next('dataProducerReady')).toEqual({ dataProducerId });
  });

  test('[M6] is ready when all have opened their ends, or are gone', async () => {
    const room = 'opening';
    const [ann, bob, cid] = [await joined('ann', room), await joined('bob', room), await joined('cid', room)];
    const dataProducerId = await open(ann);
    const { dataConsumer } = await bob.next('dataConsumerOpened');
    const others = await cid.next('dataConsumerOpened');
    const foreign = { ids: [others.dataConsumer.id] };
    expect(await refusal(bob.request('confirmDataConsumers', foreign))).toBe('not_found');
    await bob.request('confirmDataConsumers', { ids: [dataConsumer.id] });
    await ann.settled();
    expect(ann.all('dataProducerReady')).toEqual([]);
    await cid.close();
    expect(await ann.next('dataProducerReady')).toEqual({ dataProducerId });
    expect(bob.all('dataProducerReady')).toEqual([]);
  });

  test('[M6] does not wait for one that has lost its connection', async () => {
    const [ann, bob] = [await joined('ann', 'lost'), await joined('bob', 'lost')];
    bob.socket.terminate();
    await ann.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
    const dataProducerId = await open(ann);
    expect(await ann.next('dataProducerReady')).toEqual({ dataProducerId });
  });
});

describe('talk', () => {
  test('[T1] chat goes to all others, or to one', async () => {
    const [ann, bob, eve] = [
      await joined('ann', 'chat'),
      await joined('bob', 'chat'),
      await joined('eve', 'chat'),
    ];
    const sent = await ann.request('chat', { text: '<b>hello</b>' });
    const expected = { ...sent, from: ann.id, text: '<b>hello</b>' };
    expect(await bob.next('chatReceived')).toEqual(expected);
    expect(await eve.next('chatReceived')).toEqual(expected);
    await ann.request('chat', { text: 'only you', to: bob.id });
    expect(await bob.next('chatReceived', ({ text }) => text === 'only you')).toMatchObject({ to: bob.id });
    await eve.settled();
    expect(eve.all('chatReceived')).toHaveLength(1);
    expect(ann.all('chatReceived')).toEqual([]);
    expect(await refusal(ann.request('chat', { text: 'x'.repeat(2001) }))).toBe('invalid_params');
    expect(await refusal(ann.request('chat', { text: '' }))).toBe('invalid_params');
    expect(await refusal(ann.request('chat', { text: 'me', to: ann.id }))).toBe('not_found');
  });

  test('[T3] metadata and the hand are told, and are there for who comes later', async () => {
    const [ann, bob] = [await joined('ann', 'meta'), await joined('bob', 'meta')];
    await ann.request('setMetadata', { metadata: { colour: 'red' } });
    await ann.request('setHandRaised', { raised: true });
    await ann.request('setHandRaised', { raised: true });
    expect(await bob.next('peerUpdated')).toEqual({ peerId: ann.id, metadata: { colour: 'red' } });
    await bob.next('peerUpdated', ({ handRaisedAt }) => typeof handRaisedAt === 'number');
    expect(bob.all('peerUpdated')).toHaveLength(2);
    const late = await waiting('late', 'meta');
    const [first] = (await late.joinRoom()).peers;
    expect(first).toMatchObject({ metadata: { colour: 'red' }, handRaisedAt: expect.any(Number) });
    const metadata = { long: 'x'.repeat(5000) };
    expect(await refusal(ann.request('setMetadata', { metadata }))).toBe('invalid_params');
  });
});

describe('rooms', () => {
  test('[R1] a room is there from its first socket to its last', async () => {
    const client = await waiting('first', 'short-lived');
    expect(server.app.rooms.find('short-lived')).toBeDefined();
    await client.close();
    await expect.poll(() => server.app.rooms.find('short-lived')).toBeUndefined();
  });
});
