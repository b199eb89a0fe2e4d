/** What one user may take of a room, so that the others notice nothing of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { socketTo, ticketOf, tokenOf, upgradeCode } from '../support/door.ts';
import { rtpCapabilities, track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { readOffer } from '../unit/sdp/corpus.ts';

let server: TestServer;
afterEach(() => server.close());

const join = (user_id: string, user_type = 'presenter') =>
  RawClient.join(server, tokenOf({ room: 'room', user_id, user_type }));
const open = (user_id: string, user_type = 'presenter') =>
  RawClient.open(server, tokenOf({ room: 'room', user_id, user_type }));

test('[R3] one user fills so many places, and may try again when one is free', async () => {
  server = await startServer({ MAX_PEERS_PER_USER: '2' });
  const [first] = [await join('eve', 'viewer'), await join('eve', 'viewer')];
  const third = await open('eve', 'viewer');
  expect(await refusal(third.joinRoom())).toBe('too_many_peers');
  await join('ann');
  await first.close();
  await expect.poll(() => server.app.rooms.peers).toBe(2);
  await third.joinRoom(); // [J5] with the same fingerprints as before
  expect(server.log.filter(({ code }) => code === 'too_many_peers')).toHaveLength(1);
});

test('[R3] one address fills so many places, where that is set', async () => {
  server = await startServer({ MAX_PEERS_PER_ADDRESS: '2' });
  await join('ann');
  await join('bob');
  expect(await refusal((await open('eve')).joinRoom())).toBe('too_many_peers');
});

test('[R3] a full room has two places for hosts', async () => {
  server = await startServer({ MAX_PEERS_PER_ROOM: '2' });
  await join('ann');
  await join('bob');
  expect(await refusal((await open('eve')).joinRoom())).toBe('room_full');
  await join('hanna', 'host');
  await join('henry', 'host');
  expect(await refusal((await open('hugo', 'host')).joinRoom())).toBe('room_full');
  expect(server.app.rooms.peers).toBe(4);
});

test('[M5] many producers of one user leave the places of the others', async () => {
  server = await startServer({ MAX_CONSUMERS_PER_PEER: '4' });
  const ann = await join('ann');
  for (let socket = 0; socket < 3; socket++) {
    const eve = await join('eve');
    await eve.request('produce', track('mic'));
    await eve.request('produce', track('camera'));
  }
  await ann.next('consumerOpened', () => ann.all('consumerOpened').length === 4);
  const bob = await join('bob');
  const camera = track('camera');
  await bob.request('produce', camera);
  await ann.next('consumerOpened', ({ consumer }) => consumer.producerId === camera.id);
  const { consumerId } = await ann.next('consumerClosed');
  expect(ann.all('consumerOpened').map(({ consumer }) => consumer.id)).toContain(consumerId);
  const late = await open('late');
  const { consumers } = await late.joinRoom();
  expect(consumers).toHaveLength(4);
  expect(consumers.map(({ producerId }) => producerId)).toContain(camera.id);
});

test('[T3] metadata and hands reach the others at most five times a second, and the last value always', async () => {
  server = await startServer({ MESSAGE_BURST: '1000' });
  const [ann, bob] = [await join('ann'), await join('bob')];
  const began = performance.now();
  for (let n = 1; n <= 100; n++) {
    await ann.request('setMetadata', { metadata: { n } });
    await ann.request('setHandRaised', { raised: n % 2 === 1 });
  }
  await bob.next('peerUpdated', ({ metadata }) => metadata?.n === 100);
  const seconds = (performance.now() - began) / 1000;
  await sleep(250);
  const updates = bob.all('peerUpdated');
  expect(updates.length).toBeLessThanOrEqual(Math.ceil(5 * (seconds + 0.25)) + 1);
  const late = await open('late');
  const [known] = (await late.joinRoom()).peers;
  const told = Object.assign({}, ...updates);
  expect(told.metadata).toEqual(known?.metadata);
  expect(told.handRaisedAt).toEqual(known?.handRaisedAt);
});

test.each([
  {
    what: 'produce',
    limit: 'PRODUCES_PER_MINUTE',
    again: async (client: RawClient) => {
      const camera = track('camera');
      await client.request('produce', camera);
      await client.request('closeProducer', { id: camera.id });
    },
  },
  {
    what: 'produceData',
    limit: 'PRODUCES_PER_MINUTE',
    again: async (client: RawClient) => {
      const id = crypto.randomUUID();
      await client.request('produceData', { id, reliability: 'lossy', streamId: 1 });
      await client.request('closeDataProducer', { id });
    },
  },
  {
    what: 'setMetadata',
    limit: 'UPDATES_PER_MINUTE',
    again: (client: RawClient) => client.request('setMetadata', { metadata: {} }),
  },
  {
    what: 'restartIce',
    limit: 'CONNECTS_PER_MINUTE',
    again: (client: RawClient) => client.request('restartIce', { transport: 'send' }),
  },
  {
    what: 'resumeConsumers',
    limit: 'CONSUMERS_PER_MINUTE',
    again: async (client: RawClient) => {
      const ids = Array.from({ length: 10 }, () => 'unknown');
      expect(await refusal(client.request('resumeConsumers', { ids }))).toBe('not_found');
    },
    times: 1,
  },
  {
    what: 'lowerAllHands',
    limit: 'ACTS_PER_MINUTE',
    again: (client: RawClient) => client.request('lowerAllHands', {}),
  },
])('[F10] $what costs: beyond $limit it is rate_limited, and nothing is done', async ({
  limit,
  again,
  times = 10,
}) => {
  server = await startServer({ [limit]: '10', CONNECTS_PER_MINUTE: '10' });
  const [ann, bob] = [await join('ann', 'host'), await join('bob')];
  const done = limit === 'CONNECTS_PER_MINUTE' ? times - 1 : times; // the join was one
  for (let n = 0; n < done; n++) await again(ann);
  await expect(again(ann)).rejects.toThrow(/rate_limited|not refused/);
  await bob.request('setMetadata', { metadata: {} }); // each user has an amount of its own
  expect(server.log.filter(({ code }) => code === 'rate_limited')).toHaveLength(1);
});

describe('[F10] another session of the same user', () => {
  const produce = (client: RawClient) => client.request('produce', track('camera'));

  test('shares the amounts with those beside it and those before it', async () => {
    server = await startServer({ PRODUCES_PER_MINUTE: '4' });
    const [first, second] = [await join('ann'), await join('ann')];
    for (const client of [first, second]) for (let n = 0; n < 2; n++) await produce(client);
    expect(await refusal(produce(first))).toBe('rate_limited');
    await first.request('leave', {});
    await first.closed;
    const third = await join('ann');
    expect(await refusal(produce(third))).toBe('rate_limited');
    await produce(await join('bob'));
    await produce(await RawClient.join(server, tokenOf({ user_id: 'ann', room: 'other' })));
  });

  test('[E1] shares them by WHIP too', async () => {
    server = await startServer({ PRODUCES_PER_MINUTE: '4' });
    const ann = await join('ann');
    const publish = async (user_id: string) => {
      const authorization = `Bearer ${tokenOf({ room: 'room', user_id })}`;
      const headers = { 'content-type': 'application/sdp', authorization };
      const body = readOffer('publish-chromium.sdp'); // with a camera and a microphone
      const response = await fetch(`${server.url}/whip`, { method: 'POST', headers, body });
      return [response.status, response.headers.has('retry-after')];
    };
    for (let n = 0; n < 2; n++) expect(await publish('ann')).toEqual([201, false]);
    expect(await publish('ann')).toEqual([429, true]);
    expect(await refusal(produce(ann))).toBe('rate_limited');
    expect(await publish('bob')).toEqual([201, false]);
  });
});

test('[S3] a join that is asked for again and again costs each time', async () => {
  server = await startServer({ CONNECTS_PER_MINUTE: '3' });
  const ann = await join('ann');
  for (let n = 0; n < 3; n++) {
    await ann.cutOff();
    await ann.resume(server, tokenOf({ room: 'room', user_id: 'ann' }));
    const again = ann.ask({ id: 1, method: 'join', params: { rtpCapabilities } });
    if (n < 2) expect(await again).toMatchObject({ peers: [] });
    else expect(await refusal(again)).toBe('rate_limited');
  }
});

test('[D5] a session that is resumed before it has joined holds its place among those who wait', async () => {
  server = await startServer({ MAX_WAITING_PER_USER: '1' });
  const ann = await open('ann');
  const again = new RawClient(socketTo(server, tokenOf({ room: 'room', user_id: 'ann' }), ticketOf(ann)));
  await expect.poll(() => again.resumptions.length).toBe(1);
  expect((await ann.closed).reason).toBe('resumed_elsewhere');
  expect(await upgradeCode(server, tokenOf({ room: 'room', user_id: 'ann' }))).toBe('too_many_waiting');
  await again.close();
  await expect.poll(() => server.app.sessions()).toBe(0);
  await open('ann');
});

test('[T1] who may not chat hears no chat', async () => {
  server = await startServer();
  const [ann, bob] = [await join('ann'), await join('bob')];
  const mute = await RawClient.join(server, tokenOf({ room: 'room', user_id: 'mute', grants: [] }));
  await ann.request('chat', { text: 'to all' });
  expect(await refusal(ann.request('chat', { text: 'to one', to: mute.id }))).toBe('forbidden');
  await bob.next('chatReceived');
  await mute.settled();
  expect(mute.all('chatReceived')).toEqual([]);
});

test('[A6] a soft mute and a stop that change nothing are told to nobody', async () => {
  server = await startServer();
  const [host, ann] = [await join('hanna', 'host'), await join('ann')];
  const act = { peerId: ann.id, source: 'mic' as const };
  await host.request('muteSource', { ...act, mode: 'soft' });
  await host.request('stopSource', act);
  const mic = track('mic');
  await ann.request('produce', mic);
  await host.request('muteSource', { ...act, mode: 'soft' });
  await host.request('muteSource', { ...act, mode: 'soft' });
  await ann.settled();
  expect(ann.all('sourceMuted')).toHaveLength(1);
  expect(ann.all('sourceStopped')).toEqual([]);
  const audited = server.log.filter(({ audit, kind }) => audit && /^source-/.test(String(kind)));
  expect(audited).toHaveLength(1);
});

test('[A10] [F9] a ban beyond MAX_BANS_PER_ROOM throws nobody out', async () => {
  server = await startServer({ MAX_BANS_PER_ROOM: '1' });
  const [host, ann] = [await join('hanna', 'host'), await join('ann')];
  await host.request('banUser', { userId: 'bob' });
  expect(await refusal(host.request('banUser', { userId: 'ann' }))).toBe('limit_reached');
  expect(await refusal(host.request('removePeer', { peerId: ann.id }))).toBe('limit_reached');
  await ann.settled();
  expect(await upgradeCode(server, tokenOf({ room: 'room', user_id: 'ann' }))).toBe('accepted');
});

test('[S3] a join that is repeated is answered with the room as it is by then', async () => {
  server = await startServer({ SESSION_GRACE: '30' });
  const [ann, bob] = [await open('ann'), await join('bob')];
  const answer = await ann.joinRoom();
  expect(answer.peers.map(({ id }) => id)).toEqual([bob.id]);
  await ann.cutOff();
  const eve = await join('eve');
  const mic = track('mic');
  await eve.request('produce', mic);
  await ann.resume(server, tokenOf({ room: 'room', user_id: 'ann', user_type: 'presenter' }));
  const again = (await ann.ask({ id: 1, method: 'join', params: {} }, 'join')) as typeof answer;
  expect(again.peers.map(({ id }) => id)).toEqual([bob.id, eve.id]);
  expect(again.consumers.map(({ producerId }) => producerId)).toEqual([mic.id]);
  expect(again.seq).toBe(ann.lastSeq);
});
