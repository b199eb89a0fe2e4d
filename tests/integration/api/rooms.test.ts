/** A backend steers rooms: what it does is seen by those inside, and by its next read. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ApiCall, backend, makeKey } from '../../support/api.ts';
import { track } from '../../support/media.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let call: ApiCall;
const clients: RawClient[] = [];
beforeAll(async () => {
  server = await startServer();
  call = backend(server, makeKey(server, { name: 'steering' }));
});
afterAll(() => server.close());
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function join(room: string, user_id: string, user_type = 'guest'): Promise<RawClient> {
  const client = await RawClient.join(server, server.token({ user_id, room, user_type }));
  clients.push(client);
  return client;
}

async function wait(room: string, user_id: string): Promise<RawClient> {
  const url = `${server.url.replace('http', 'ws')}/aq_server/websocket`;
  const client = new RawClient(new WebSocket(url, ['aq.v1', `bearer.${server.token({ user_id, room })}`]));
  await client.next('waiting');
  clients.push(client);
  return client;
}

async function publishMic(client: RawClient): Promise<void> {
  await client.request('produce', track('mic'));
}

describe('reading', () => {
  test('shows a join at once, with sources and their statistics', async () => {
    expect((await call('GET', '/rooms/read')).body).toMatchObject({ name: 'read', open: false, peers: 0 });
    const ann = await join('read', 'ann', 'host');
    expect((await call('GET', '/rooms/read')).body).toMatchObject({
      open: true,
      peers: 1,
      waiting: 0,
      locked: false,
      lobby: false,
      max_peers: null,
      metadata: {},
    });
    await publishMic(ann);
    const { peers, next } = (await call('GET', '/rooms/read/peers')).body;
    expect(next).toBeNull();
    expect(peers).toMatchObject([
      {
        id: ann.id,
        user_id: 'ann',
        user_type: 'host',
        sources: [{ source: 'mic', kind: 'audio', paused: false }],
      },
    ]);
    expect(peers[0].sources[0]).not.toHaveProperty('statistics');
    expect(Math.abs(Date.parse(peers[0].joined_at) - Date.now())).toBeLessThan(10_000);
    const statistics = { bitrate: 0, bytes: 0, packets_lost: 0, round_trip_ms: null };
    const { body } = await call('GET', `/rooms/read/peers/${ann.id}`);
    expect(body.sources).toMatchObject([{ source: 'mic', statistics: {} }]);
    const measured = (await call('GET', '/rooms/read/peers?statistics=true')).body.peers[0];
    expect(Object.keys(measured.sources[0].statistics)).toEqual(
      expect.arrayContaining(Object.keys(statistics)),
    );
    expect((await call('GET', '/rooms/read/peers/nobody')).status).toBe(404);
    expect((await call('GET', '/rooms/nobody/peers')).body).toEqual({ peers: [], next: null });
  });

  test('lists rooms and peers in pages, each once', async () => {
    for (const room of ['list-c', 'list-a', 'list-b']) await join(room, 'ann');
    const listing = backend(server, makeKey(server, { roomPrefix: 'list-' }));
    const first = (await listing('GET', '/rooms?limit=2')).body;
    expect(first.rooms.map(({ name }: { name: string }) => name)).toEqual(['list-a', 'list-b']);
    const second = (await listing('GET', `/rooms?limit=2&cursor=${first.next}`)).body;
    expect(second).toMatchObject({ rooms: [{ name: 'list-c' }], next: null });
    for (const user of ['bob', 'eve']) await join('list-a', user);
    const users: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await listing('GET', `/rooms/list-a/peers?limit=1${cursor && `&cursor=${cursor}`}`)).body;
      users.push(...page.peers.map((peer: { user_id: string }) => peer.user_id));
      if (page.next === null) break;
      cursor = page.next;
    }
    // Those who join in the same millisecond come in any order.
    expect(users.toSorted()).toEqual(['ann', 'bob', 'eve']);
  });

  test.each(['limit=0', 'limit=501', 'limit=x', 'cursor=%00', 'cursor=e30'])('refuses %s', async (query) => {
    expect((await call('GET', `/rooms?${query}`)).body).toMatchObject({
      status: 400,
      code: 'invalid_params',
    });
  });

  test('takes names in every script, encoded', async () => {
    const name = 'Füße 🎉/%2e%2e';
    await join(name, 'ann');
    expect((await call('GET', `/rooms/${encodeURIComponent(name)}`)).body).toMatchObject({ name, peers: 1 });
    const longest = '🎉'.repeat(128);
    expect((await call('GET', `/rooms/${encodeURIComponent(longest)}`)).body).toMatchObject({
      name: longest,
    });
    expect((await call('GET', `/rooms/${encodeURIComponent(`${longest}!`)}`)).status).toBe(400);
  });
});

describe('a room', () => {
  test('is set, and its members are told by null', async () => {
    const ann = await join('set', 'ann');
    const metadata = { title: 'Planning', tags: ['a'] };
    const { status, body } = await call('PUT', '/rooms/set', { locked: true, max_peers: 1, metadata });
    expect(status).toBe(200);
    expect(body).toMatchObject({ locked: true, lobby: false, max_peers: 1, metadata, peers: 1 });
    expect(await ann.next('roomUpdated')).toEqual({ locked: true, metadata, by: null });
    await expect(join('set', 'bob')).rejects.toThrow();
    await call('PUT', '/rooms/set', { locked: false });
    expect((await call('GET', '/rooms/set')).body).toMatchObject({ locked: false, max_peers: 1, metadata });
    await expect(join('set', 'bob')).rejects.toThrow('room_full');
    await call('PUT', '/rooms/set', { max_peers: null });
    const bob = await join('set', 'bob');
    const found = await bob.request('chat', { text: 'hello' });
    expect(found.id).toBeDefined();
  });

  test('tells who joins later of its metadata', async () => {
    await call('PUT', '/rooms/described', { metadata: { topic: 'cats' } });
    const client = await RawClient.open(server, server.token({ room: 'described' }));
    clients.push(client);
    expect((await client.joinRoom()).room.metadata).toEqual({ topic: 'cats' });
  });

  test.each([
    [{ locked: 'yes' }],
    [{ color: 'red' }],
    [{ max_peers: 0 }],
    [{ metadata: 'text' }],
    [{ metadata: { text: 'x'.repeat(4096) } }],
    [[]],
    ['{"metadata":'.concat('{"a":'.repeat(5000), '1', '}'.repeat(5001))],
  ])('refuses the setting %j', async (setting) => {
    const { status, body } = await call('PUT', '/rooms/wrong', setting);
    expect([status, body.code]).toEqual([400, 'invalid_params']);
  });

  test('is ended for all, and the tokens that there were are refused', async () => {
    const token = server.token({ room: 'over', user_id: 'ann', user_type: 'host' });
    const ann = await RawClient.join(server, token);
    expect((await call('DELETE', '/rooms/over')).status).toBe(204);
    expect(await ann.closed).toMatchObject({ reason: 'room_ended' });
    await expect(RawClient.open(server, token)).rejects.toThrow('401');
    expect((await call('GET', '/rooms/over')).body.open).toBe(false);
  });
});

describe('a peer', () => {
  test('is muted, allowed and stopped; hosts too', async () => {
    const [ann, bob] = [await join('acts', 'ann', 'host'), await join('acts', 'bob')];
    await publishMic(ann);
    const at = `/rooms/acts/peers/${ann.id}`;
    expect((await call('POST', `${at}/mute`, { source: 'mic' })).status).toBe(204);
    expect(await bob.next('sourceMuted')).toEqual({ peerId: ann.id, source: 'mic', mode: 'hard', by: null });
    expect((await call('GET', at)).body).toMatchObject({
      muted_sources: ['mic'],
      sources: [{ paused: true }],
    });
    expect((await call('POST', `${at}/allow`, { source: 'mic' })).status).toBe(204);
    expect(await bob.next('sourceAllowed')).toMatchObject({ by: null });
    expect((await call('POST', `${at}/stop`, { source: 'mic' })).status).toBe(204);
    expect(await bob.next('sourceStopped')).toMatchObject({ by: null });
    expect((await call('GET', at)).body).toMatchObject({ muted_sources: [], sources: [] });
    expect((await call('POST', `${at}/mute`, { source: 'nose' })).body.code).toBe('invalid_params');
    expect((await call('POST', '/rooms/acts/peers/nobody/mute', { source: 'mic' })).body.code).toBe(
      'not_found',
    );
  });

  test('has its hand lowered, and gets another type', async () => {
    const ann = await join('hands', 'ann');
    await ann.request('setHandRaised', { raised: true });
    expect((await call('POST', `/rooms/hands/peers/${ann.id}/lower-hand`)).status).toBe(204);
    expect(await ann.next('handsLowered')).toEqual({ peerIds: [ann.id], by: null });
    await ann.request('setHandRaised', { raised: true });
    expect((await call('POST', '/rooms/hands/lower-hands')).status).toBe(204);
    expect((await call('GET', `/rooms/hands/peers/${ann.id}`)).body.hand_raised_at).toBeNull();
    expect((await call('PUT', `/rooms/hands/peers/${ann.id}/type`, { user_type: 'host' })).status).toBe(204);
    expect(await ann.next('grantsChanged')).toMatchObject({ userType: 'host' });
    expect((await call('GET', `/rooms/hands/peers/${ann.id}`)).body.grants).toContain('moderate');
  });

  test('is removed and banned, and the ban is listed and lifted', async () => {
    const token = server.token({ room: 'bans', user_id: 'ann', user_type: 'host' });
    const ann = await RawClient.join(server, token);
    expect((await call('DELETE', `/rooms/bans/peers/${ann.id}`)).status).toBe(204);
    expect(await ann.closed).toMatchObject({ reason: 'removed' });
    await expect(RawClient.open(server, token)).rejects.toThrow('401');
    expect((await call('DELETE', '/rooms/bans/users/eve')).status).toBe(204);
    for (const user of ['bob', 'eve', 'Füße'])
      expect((await call('PUT', `/rooms/bans/bans/${encodeURIComponent(user)}`)).status).toBe(204);
    const first = (await call('GET', '/rooms/bans/bans?limit=2')).body;
    expect(first.bans).toMatchObject([{ user_id: 'Füße' }, { user_id: 'bob' }]);
    expect((await call('GET', `/rooms/bans/bans?limit=2&cursor=${first.next}`)).body).toMatchObject({
      bans: [{ user_id: 'eve' }],
      next: null,
    });
    await expect(RawClient.open(server, server.token({ room: 'bans', user_id: 'bob' }))).rejects.toThrow(
      '403',
    );
    expect((await call('DELETE', '/rooms/bans/bans/bob')).status).toBe(204);
    expect((await call('DELETE', '/rooms/bans/bans/bob')).body.code).toBe('not_found');
  });
});

test('who waits is listed, admitted and refused', async () => {
  await call('PUT', '/rooms/lobby', { lobby: true });
  const [ann, bob] = [await wait('lobby', 'ann'), await wait('lobby', 'bob')];
  const { waiting } = (await call('GET', '/rooms/lobby/lobby')).body;
  expect(waiting).toMatchObject([{ user_id: 'ann' }, { user_id: 'bob' }]);
  expect((await call('POST', `/rooms/lobby/lobby/${waiting[0].id}/admit`)).status).toBe(204);
  await ann.next('welcome');
  expect((await call('POST', `/rooms/lobby/lobby/${waiting[1].id}/refuse`)).status).toBe(204);
  expect(await bob.closed).toMatchObject({ reason: 'lobby_refused' });
  expect((await call('GET', '/rooms/lobby')).body.waiting).toBe(0);
  const eve = await wait('lobby', 'eve');
  await call('PUT', '/rooms/lobby', { lobby: false });
  await eve.next('welcome');
});

describe('a message', () => {
  test('of chat is from nobody in the room, to all or to one', async () => {
    const [ann, bob] = [await join('talk', 'ann'), await join('talk', 'bob')];
    const { status, body } = await call('POST', '/rooms/talk/chat', { text: 'soon' });
    expect(status).toBe(201);
    expect(await ann.next('chatReceived')).toEqual({
      id: body.id,
      from: null,
      text: 'soon',
      at: Date.parse(body.at),
    });
    await call('POST', '/rooms/talk/chat', { text: 'you', to: bob.id });
    expect(await bob.next('chatReceived', ({ to }) => to === bob.id)).toMatchObject({ text: 'you' });
    await ann.settled();
    expect(ann.all('chatReceived')).toHaveLength(1);
    expect((await call('POST', '/rooms/nobody/chat', { text: 'x' })).status).toBe(404);
    expect((await call('POST', '/rooms/talk/chat', { text: '' })).status).toBe(400);
  });

  test('of data reaches those with the grant', async () => {
    const [ann, viewer] = [await join('data', 'ann'), await join('data', 'vic', 'viewer')];
    const data = { question: 'Lunch?', answers: [1, null, 'ü'] };
    const { body } = await call('POST', '/rooms/data/data', { topic: 'poll', data });
    expect(await ann.next('dataReceived')).toEqual({
      id: body.id,
      topic: 'poll',
      data,
      at: Date.parse(body.at),
    });
    await viewer.settled();
    expect(viewer.all('dataReceived')).toEqual([]);
    expect((await call('POST', '/rooms/data/data', { topic: 'x', data: 1, to: viewer.id })).body.code).toBe(
      'forbidden',
    );
    for (const wrong of [{ topic: 'x' }, { topic: '', data: 1 }, { topic: 'x', data: 'y'.repeat(16_384) }]) {
      expect((await call('POST', '/rooms/data/data', wrong)).body.code).toBe('invalid_params');
    }
    const deep = `{"topic":"x","data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect((await call('POST', '/rooms/data/data', deep)).body.code).toBe('invalid_params');
  });
});

describe('the audit', () => {
  test('has what the backend did, with filters and pages', async () => {
    for (const user of ['a', 'b', 'c']) await call('PUT', `/rooms/audited/bans/${user}`);
    const query = '/audit?room=audited&kind=user-banned&actor=backend%3Asteering';
    const users: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await call('GET', `${query}&limit=2${cursor && `&cursor=${cursor}`}`)).body;
      users.push(...page.lines.map((line: { user_id: string }) => line.user_id));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(users).toEqual(['c', 'b', 'a']);
    const since = new Date(Date.now() + 60_000).toISOString();
    expect((await call('GET', `${query}&since=${since}`)).body.lines).toEqual([]);
    expect((await call('GET', `${query}&actor=backend%3Aother`)).body.code).toBe('invalid_params');
    expect((await call('GET', '/audit?since=yesterday')).body.code).toBe('invalid_params');
  });

  test('shows a key the lines about its rooms alone', async () => {
    await call('PUT', '/rooms/shop-9/bans/eve');
    await backend(server, 'aqk_wrong')('GET', '/rooms');
    const shop = backend(server, makeKey(server, { roomPrefix: 'shop-' }));
    const rooms = new Set((await shop('GET', '/audit')).body.lines.map(({ room }: { room: string }) => room));
    expect(rooms).toEqual(new Set(['shop-9']));
    const reader = backend(server, makeKey(server, { rights: ['read'] }));
    const lines = (await reader('GET', '/audit')).body.lines as { room: string | null }[];
    expect(lines.filter(({ room }) => room === null)).toEqual([]);
    const all = (await call('GET', '/audit?kind=api-key-refused')).body.lines;
    expect(all.length).toBeGreaterThan(0);
  });
});

test('a key without the right, or for other rooms, does none of it', async () => {
  const ann = await join('guarded', 'ann');
  const reader = backend(server, makeKey(server, { rights: ['read', 'tokens'] }));
  const shop = backend(server, makeKey(server, { roomPrefix: 'shop-' }));
  const acts: [string, string, unknown?][] = [
    ['PUT', '/rooms/guarded', { locked: true }],
    ['DELETE', '/rooms/guarded'],
    ['POST', `/rooms/guarded/peers/${ann.id}/mute`, { source: 'mic' }],
    ['POST', `/rooms/guarded/peers/${ann.id}/allow`, { source: 'mic' }],
    ['POST', `/rooms/guarded/peers/${ann.id}/stop`, { source: 'mic' }],
    ['POST', `/rooms/guarded/peers/${ann.id}/lower-hand`],
    ['POST', '/rooms/guarded/lower-hands'],
    ['PUT', `/rooms/guarded/peers/${ann.id}/type`, { user_type: 'host' }],
    ['DELETE', `/rooms/guarded/peers/${ann.id}`],
    ['DELETE', '/rooms/guarded/users/ann'],
    ['PUT', '/rooms/guarded/bans/ann'],
    ['DELETE', '/rooms/guarded/bans/ann'],
    ['POST', '/rooms/guarded/lobby/x/admit'],
    ['POST', '/rooms/guarded/lobby/x/refuse'],
    ['POST', '/rooms/guarded/chat', { text: 'x' }],
    ['POST', '/rooms/guarded/data', { topic: 'x', data: 1 }],
  ];
  for (const [method, path, body] of acts) {
    expect((await reader(method, path, body)).body.code, `${method} ${path}`).toBe('forbidden');
    expect((await shop(method, path, body)).body.code, `${method} ${path}`).toBe('forbidden');
  }
  for (const path of ['', '/peers', `/peers/${ann.id}`, '/bans', '/lobby']) {
    expect((await shop('GET', `/rooms/guarded${path}`)).body.code).toBe('forbidden');
  }
  expect((await shop('GET', '/telephony/calls')).body.code).toBe('forbidden');
  expect((await reader('GET', '/telephony/calls')).body).toEqual({ calls: [], next: null });
  expect((await call('GET', '/rooms/guarded')).body).toMatchObject({ peers: 1, locked: false });
});
