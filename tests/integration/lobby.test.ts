/** Waiting in the lobby (PROTOCOL.md, rules W), over real sockets and a real worker. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { knock, socketTo, ticketOf, tokenOf, upgradeCode } from '../support/door.ts';
import { rtpCapabilities, track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
/** Where rooms have a lobby that say nothing of it. */
let strict: TestServer;
const open: RawClient[] = [];

beforeAll(async () => {
  server = await startServer({ SESSION_GRACE: '30', MAX_LOBBY: '3' });
  strict = await startServer({ LOBBY: 'on' });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});
afterAll(() => Promise.all([server.close(), strict.close()]));

async function joins(room: string, user_id: string, user_type = 'guest', on = server): Promise<RawClient> {
  const client = await RawClient.join(on, tokenOf({ room, user_id, user_type }));
  open.push(client);
  return client;
}

async function waits(room: string, user_id: string, user_type = 'guest', on = server): Promise<RawClient> {
  const client = await knock(on, tokenOf({ room, user_id, user_type }));
  open.push(client);
  return client;
}

/** A host in a room with a lobby. */
async function hosted(room = randomUUID()) {
  const host = await joins(room, 'hanna', 'host');
  await host.request('setLobby', { lobby: true });
  return { room, host };
}

describe('[W1] a lobby', () => {
  test('has all but hosts wait, whoever comes first', async () => {
    const room = randomUUID();
    const first = await waits(room, 'first', 'presenter', strict);
    const host = await joins(room, 'hanna', 'host', strict);
    expect(first.told.map(({ event }) => event)).toEqual(['waiting']);
    expect(host.welcome.room).toBe(room);
    await joins(room, 'henry', 'host', strict);
  });

  test('stays while the room is empty, and a room may be without one', async () => {
    const { room, host } = await hosted();
    await host.close();
    await expect.poll(() => server.app.rooms.find(room)).toBeUndefined();
    await waits(room, 'late');
    const free = randomUUID();
    const other = await joins(free, 'hanna', 'host', strict);
    await other.request('setLobby', { lobby: false });
    expect((await joins(free, 'anybody', 'guest', strict)).welcome.room).toBe(free);
  });
});

describe('[W2] who waits', () => {
  test('has no router', async () => {
    const room = randomUUID();
    const client = await waits(room, 'patient', 'guest', strict);
    expect(client.find('waiting')).toMatchObject({
      protocol: 'aq.v1',
      room,
      user: { id: 'patient', type: 'guest' },
    });
    expect(Object.keys(client.find('waiting')).sort()).toEqual(['pingInterval', 'protocol', 'room', 'user']);
    expect(strict.app.rooms.find(room)).toBeUndefined();
    const host = await joins(room, 'hanna', 'host', strict);
    const [wait] = host.all('waitingJoined');
    expect(wait).toBeUndefined();
  });

  test('outlives the time for a join', async () => {
    const short = await startServer({ LOBBY: 'on', JOIN_TIMEOUT: '1' });
    const room = randomUUID();
    const client = await knock(short, tokenOf({ room, user_id: 'patient' }));
    // Its time begins later than the one that who waits would have.
    const host = new RawClient(socketTo(short, tokenOf({ room, user_id: 'hanna', user_type: 'host' })));
    expect(await host.closed).toEqual({ close: 4408, reason: 'join_timeout' });
    await client.settled();
    await short.close();
  });

  test('hears and sees nothing of the room, and nobody sees it but hosts', async () => {
    const { room, host } = await hosted();
    await host.request('setLobby', { lobby: false });
    const guest = await joins(room, 'gus');
    await host.request('setLobby', { lobby: true });
    const client = await waits(room, 'wanda');
    await guest.request('produce', track('mic'));
    await guest.request('chat', { text: 'secret' });
    await host.request('setHandRaised', { raised: true });
    await host.request('lowerAllHands', {});
    await joins(room, 'henry', 'host');
    await guest.settled();
    await client.settled();
    expect(client.told.map(({ event }) => event)).toEqual(['waiting']);
    expect(guest.told.map(({ event }) => event)).not.toContain('waitingJoined');
    expect(guest.all('peerJoined').map(({ peer }) => peer.userId)).toEqual(['henry']);
    expect(server.app.rooms.find(room)?.size).toBe(3);
  });

  test('is refused whatever it asks', async () => {
    const { room, host } = await hosted();
    const client = await waits(room, 'liar');
    const { waiting } = await host.next('waitingJoined');
    expect(await refusal(client.request('join', { rtpCapabilities }))).toBe('not_admitted');
    expect(await refusal(client.request('produce', track('mic')))).toBe('not_admitted');
    expect(await refusal(client.request('chat', { text: 'hello' }))).toBe('not_admitted');
    expect(await refusal(client.request('restartIce', { transport: 'send' }))).toBe('not_admitted');
    expect(await refusal(client.request('admitWaiting', { id: waiting.id }))).toBe('not_admitted');
    expect(await refusal(client.request('setLobby', { lobby: false }))).toBe('not_admitted');
    const resume = `resume.${waiting.id}.${'x'.repeat(43)}.1`;
    const again = new RawClient(socketTo(server, tokenOf({ room, user_id: 'liar' }), resume));
    open.push(again);
    await again.next('waiting');
    await client.request('leave', {});
    expect(await client.closed).toEqual({ close: 1000, reason: 'left' });
    expect(await host.next('waitingLeft')).toEqual({ id: waiting.id, reason: 'left' });
  });

  test('is told when the server closes, and has the time for a join once it is admitted', async () => {
    const closing = await startServer({ LOBBY: 'on', JOIN_TIMEOUT: '3' });
    const room = randomUUID();
    const host = await RawClient.join(closing, tokenOf({ room, user_id: 'hanna', user_type: 'host' }));
    const admitted = await knock(closing, tokenOf({ room, user_id: 'ann' }));
    const client = await knock(closing, tokenOf({ room, user_id: 'wanda' }));
    const { waiting } = await host.next('waitingJoined');
    await host.request('admitWaiting', { id: waiting.id });
    await admitted.next('welcome');
    expect(await admitted.closed).toEqual({ close: 4408, reason: 'join_timeout' });
    await closing.close();
    expect(client.find('closing').code).toBe('server_closing');
    expect(await client.closed).toEqual({ close: 1001, reason: 'server_closing' });
    expect(closing.app.sessions()).toBe(0);
  });

  test('are so many at most, and one user has so many sockets', async () => {
    const { room } = await hosted();
    await waits(room, 'ann');
    await waits(room, 'ann');
    expect(await upgradeCode(server, tokenOf({ room, user_id: 'ann' }))).toBe('too_many_waiting');
    await waits(room, 'bob');
    const late = new RawClient(socketTo(server, tokenOf({ room, user_id: 'late' })));
    expect(await late.closed).toEqual({ close: 4503, reason: 'lobby_full' });
    await waits((await hosted()).room, 'elsewhere');
  });
});

describe('[W3] [W4] [W5] hosts', () => {
  test('admit: who waited is welcome, with the grants of its token, and for its session', async () => {
    const { room, host } = await hosted();
    const client = await waits(room, 'wanda', 'viewer');
    const { waiting } = await host.next('waitingJoined');
    expect(waiting).toMatchObject({ userId: 'wanda', name: 'wanda', userType: 'viewer' });
    const second = await joins(room, 'henry', 'host');
    await host.request('admitWaiting', { id: waiting.id });
    expect((await client.next('welcome')).grants).toEqual(['subscribe', 'chat']);
    expect(client.told.map(({ seq, event }) => `${seq} ${event}`)).toEqual(['1 waiting', '2 welcome']);
    expect(await second.next('waitingLeft')).toEqual({ id: waiting.id, reason: 'admitted' });
    await client.joinRoom();
    await client.cutOff();
    await host.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
    await client.resume(server, tokenOf({ room, user_id: 'wanda', user_type: 'viewer' }));
    expect(await refusal(host.request('admitWaiting', { id: waiting.id }))).toBe('not_found');
    await client.request('leave', {});
    await client.closed;
    await waits(room, 'wanda', 'viewer');
  });

  test('find those who wait when they join, and who becomes one is told', async () => {
    const { room, host } = await hosted();
    await waits(room, 'wanda');
    const second = await RawClient.open(server, tokenOf({ room, user_id: 'henry', user_type: 'host' }));
    open.push(second);
    expect((await second.joinRoom()).room).toMatchObject({ lobby: true, waiting: [{ userId: 'wanda' }] });
    const guest = await waits(room, 'gus');
    const { waiting } = await host.next('waitingJoined', (told) => told.waiting.userId === 'gus');
    await host.request('admitWaiting', { id: waiting.id });
    await guest.next('welcome');
    expect((await guest.joinRoom()).room.waiting).toEqual([]);
    await host.request('setUserType', { peerId: guest.id, userType: 'host' });
    expect((await guest.next('waitingJoined')).waiting.userId).toBe('wanda');
  });

  test('refuse: the socket closes, and the user may come again', async () => {
    const { room, host } = await hosted();
    const client = await waits(room, 'wanda');
    const { waiting } = await host.next('waitingJoined');
    await host.request('refuseWaiting', { id: waiting.id });
    expect(await client.closed).toEqual({ close: 4403, reason: 'lobby_refused' });
    expect(await host.next('waitingLeft')).toEqual({ id: waiting.id, reason: 'refused' });
    await waits(room, 'wanda');
  });

  test('cannot admit into a locked room', async () => {
    const { room, host } = await hosted();
    await waits(room, 'wanda');
    const { waiting } = await host.next('waitingJoined');
    await host.request('setLocked', { locked: true });
    expect(await refusal(host.request('admitWaiting', { id: waiting.id }))).toBe('room_locked');
    await host.request('setLocked', { locked: false });
    await host.request('admitWaiting', { id: waiting.id });
  });

  test('see those leave whose socket goes, and admitting one of those changes nothing', async () => {
    const { room, host } = await hosted();
    const client = await waits(room, 'wanda');
    const { waiting } = await host.next('waitingJoined');
    client.socket.terminate();
    await Promise.allSettled([host.request('admitWaiting', { id: waiting.id })]);
    await host.next('waitingLeft');
    await expect.poll(() => server.app.rooms.find(room)?.size).toBe(1);
    expect(await refusal(host.request('refuseWaiting', { id: waiting.id }))).toBe('not_found');
  });
});

describe('[W6] turning the lobby', () => {
  test('off admits all who wait', async () => {
    const { room, host } = await hosted();
    const clients = [await waits(room, 'ann'), await waits(room, 'bob')];
    await host.request('setLobby', { lobby: false });
    for (const client of clients) await client.next('welcome');
    expect((await joins(room, 'eve')).all('waiting')).toEqual([]);
  });

  test('on leaves those who have joined, and has others come again', async () => {
    const room = randomUUID();
    const host = await joins(room, 'hanna', 'host');
    const guest = await joins(room, 'gus');
    const early = await RawClient.open(server, tokenOf({ room, user_id: 'early' }));
    const enters = new RawClient(socketTo(server, tokenOf({ room, user_id: 'enters' })));
    await host.request('setLobby', { lobby: true });
    expect(await guest.next('roomUpdated')).toEqual({ lobby: true, by: host.id });
    expect(await early.closed).toEqual({ close: 4503, reason: 'lobby_opened' });
    const outcome = enters.next('waiting').then(
      () => 'waiting',
      async () => (await enters.closed).reason,
    );
    expect(['waiting', 'lobby_opened']).toContain(await outcome);
    await guest.settled();
    await guest.cutOff();
    expect(await upgradeCode(server, tokenOf({ room, user_id: 'gus' }), ticketOf(guest))).toBe('accepted');
    await enters.close();
  });
});
