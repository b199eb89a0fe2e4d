/** Users, hosts and clocks that try what must not work (PROTOCOL.md, rules A, W, R4), where no other test does. */
import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { stopClock } from '../support/clock.ts';
import { knock, socketTo, ticketOf, tokenOf, upgradeCode, validateCode } from '../support/door.ts';
import { rtpCapabilities, track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const open: RawClient[] = [];

beforeAll(async () => {
  server = await startServer({ SESSION_GRACE: '30', MAX_WAITING_PER_USER: '10' });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});
afterAll(() => server.close());

async function joins(token: string, on: { url: string } = server): Promise<RawClient> {
  const client = await RawClient.join({ ...on, token: () => token });
  open.push(client);
  return client;
}

function hostOf(room: string, user_id = 'hanna'): string {
  return tokenOf({ room, user_id, user_type: 'host' });
}

describe('a token', () => {
  test('of a clock that is ahead does not outlive the removal of who came with it', async () => {
    const room = randomUUID();
    const host = await joins(hostOf(room));
    const ahead = tokenOf({ room, user_id: 'gus' }, 4);
    const gus = await joins(ahead);
    await host.request('removePeer', { peerId: gus.id });
    expect(await upgradeCode(server, ahead)).toBe('token_revoked');
    const again = tokenOf({ room, user_id: 'bea' }, 4);
    const bea = await joins(again);
    await host.request('banUser', { userId: 'bea' });
    expect(await bea.closed).toMatchObject({ reason: 'banned' });
    await host.request('unbanUser', { userId: 'bea' });
    expect(await upgradeCode(server, again)).toBe('token_revoked');
  });

  test('of a clock that is ahead does not outlive the end of the room', async () => {
    const room = randomUUID();
    const ahead = tokenOf({ room, user_id: 'gus' }, 4);
    const [host, gus] = [await joins(hostOf(room)), await joins(ahead)];
    await host.request('endRoom', {});
    await gus.closed;
    expect(await upgradeCode(server, ahead)).toBe('token_revoked');
  });

  test('that does not say when it was issued is good until a removal, in that room alone', async () => {
    const [room, other] = [randomUUID(), randomUUID()];
    const timeless = (where: string) => {
      const exp = Math.floor(Date.now() / 1000) + 600;
      return jwt.sign({ user_id: 'gus', room: where, exp }, SECRET, { noTimestamp: true });
    };
    const host = await joins(hostOf(room));
    const [gus, elsewhere] = [await joins(timeless(room)), await joins(timeless(other))];
    await host.request('removePeer', { peerId: gus.id });
    expect(await gus.closed).toMatchObject({ reason: 'removed' });
    expect(await upgradeCode(server, timeless(room))).toBe('token_revoked');
    expect(await validateCode(server, timeless(room))).toBe('token_revoked');
    await elsewhere.settled();
    expect(await upgradeCode(server, timeless(other))).toBe('accepted');
    expect(await refusal(elsewhere.request('refreshToken', { token: timeless(room) }))).toBe('token_revoked');
  });

  test('that ends while its bearer waits in the lobby ends the waiting', async () => {
    const clock = stopClock();
    onTestFinished(clock.restore);
    const own = await startServer();
    onTestFinished(() => own.close());
    const room = randomUUID();
    const host = await joins(hostOf(room), own);
    await host.request('setLobby', { lobby: true });
    const exp = clock.seconds() - 4; // with five seconds of tolerance it ends in the next one
    const token = jwt.sign({ user_id: 'wanda', room, exp }, SECRET, { noTimestamp: true });
    const waits = await knock(own, token);
    await clock.advance(1000);
    expect(await waits.closed).toEqual({ close: 4401, reason: 'token_expired' });
    expect((await host.next('waitingLeft')).reason).toBe('left');
  });
});

describe('a host', () => {
  test('cannot ban another host who is about to join', async () => {
    const room = randomUUID();
    const host = await joins(hostOf(room));
    const other = await RawClient.open(server, hostOf(room, 'henry'));
    open.push(other);
    expect(await refusal(host.request('banUser', { userId: 'henry' }))).toBe('forbidden');
    await other.joinRoom();
    expect(await refusal(host.request('banUser', { userId: 'henry' }))).toBe('forbidden');
    await other.cutOff();
    await host.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
    expect(await refusal(host.request('removePeer', { peerId: other.id }))).toBe('forbidden');
    await other.resume(server, hostOf(room, 'henry'));
  });

  test('who is one no longer admits nobody, and is told of nobody who waits', async () => {
    const room = randomUUID();
    const host = await joins(hostOf(room));
    const helper = await joins(tokenOf({ room, user_id: 'helga' }));
    await host.request('setUserType', { peerId: helper.id, userType: 'host' });
    await helper.request('setLobby', { lobby: true });
    const first = await knock(server, tokenOf({ room, user_id: 'wanda' }));
    open.push(first);
    const { waiting } = await helper.next('waitingJoined');
    await host.request('setUserType', { peerId: helper.id, userType: 'guest' });
    expect(await refusal(helper.request('admitWaiting', { id: waiting.id }))).toBe('forbidden');
    open.push(await knock(server, tokenOf({ room, user_id: 'willy' })));
    await host.next('waitingJoined', (told) => told.waiting.userId === 'willy');
    await helper.settled();
    expect(helper.all('waitingJoined')).toHaveLength(1);
    expect(first.told.map(({ event }) => event)).toEqual(['waiting']);
  });

  test('who leaves leaves the lobby as it is, for the next one', async () => {
    const room = randomUUID();
    const host = await joins(hostOf(room));
    await host.request('setLobby', { lobby: true });
    const waits = await knock(server, tokenOf({ room, user_id: 'wanda' }));
    open.push(waits);
    await host.request('leave', {});
    await host.closed;
    await expect.poll(() => server.app.rooms.find(room)).toBeUndefined();
    await waits.settled();
    const next = await RawClient.open(server, hostOf(room, 'henry'));
    open.push(next);
    const [{ id } = { id: '' }] = (await next.joinRoom()).room.waiting;
    await next.request('admitWaiting', { id });
    await waits.next('welcome');
  });

  test('ends a room whose media worker dies at that moment: all leave, and nothing is left', async () => {
    const own = await startServer();
    const room = randomUUID();
    const host = await joins(hostOf(room), own);
    const tokens = ['ann', 'bob', 'eve'].map((user_id) => tokenOf({ room, user_id }));
    const guests = await Promise.all(tokens.map((token) => joins(token, own)));
    await Promise.all(guests.map((guest) => guest.request('produce', track('mic'))));
    for (const pid of own.app.workers.pids()) process.kill(pid, 'SIGKILL');
    await host.request('endRoom', {});
    for (const client of [host, ...guests]) {
      expect(await client.closed).toEqual({ close: 4410, reason: 'room_ended' });
    }
    await expect.poll(() => [own.app.rooms.size, own.app.sessions()]).toEqual([0, 0]);
    for (const token of tokens) expect(await upgradeCode(own, token)).toBe('token_revoked');
    await joins(tokenOf({ room: randomUUID(), user_id: 'new' }), own);
    await own.close();
  });
});

test('a client that claims to have seen more than there was gets the room as it is, and goes on from there', async () => {
  const room = randomUUID();
  const [host, as] = [await joins(hostOf(room)), tokenOf({ room, user_id: 'gus' })];
  const gus = await joins(as);
  for (const after of [gus.lastSeq + 1, 999_999_999_999_999]) {
    await gus.cutOff();
    await gus.resume(server, as, after);
    const { snapshot } = gus.resumptions.at(-1) ?? {};
    expect(snapshot?.peers.map(({ id }) => id)).toEqual([host.id]);
    await host.request('chat', { text: `after ${after}` });
    await gus.next('chatReceived', ({ text }) => text === `after ${after}`);
  }
  expect(host.all('peerLeft')).toEqual([]);
});

describe('the same user twice', () => {
  test('replace: one that is kept gives way, and cannot be resumed', async () => {
    const own = await startServer({ DUPLICATE_USER: 'replace' });
    const room = randomUUID();
    const host = await joins(hostOf(room), own);
    const as = tokenOf({ room, user_id: 'gus' });
    const first = await joins(as, own);
    await first.cutOff();
    await host.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
    const second = await joins(as, own);
    expect(await host.next('peerLeft')).toEqual({ peerId: first.id, reason: 'replaced' });
    const late = new RawClient(socketTo(own, as, ticketOf(first)));
    open.push(late);
    expect((await late.next('welcome')).peerId).not.toBe(first.id);
    await second.settled();
    await own.close();
  });

  test('of many at one moment one stays', async () => {
    for (const [policy, others] of [
      ['replace', 'replaced'],
      ['reject', 'duplicate_user'],
    ] as const) {
      const own = await startServer({ DUPLICATE_USER: policy, MAX_WAITING_PER_USER: '10' });
      const as = tokenOf({ room: randomUUID(), user_id: 'gus' });
      const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.open(own, as)));
      const codes = await Promise.all(
        clients.map(async (client) => {
          const joining = client.request('join', { rtpCapabilities });
          const refused = await joining.then(
            () => undefined,
            (error: { code?: string }) => error.code,
          );
          return (
            refused ?? (await Promise.race([client.closed.then(({ reason }) => reason), client.settled()]))
          );
        }),
      );
      await expect.poll(() => own.app.rooms.peers).toBe(1);
      expect(codes.filter((code) => code !== undefined && code !== others)).toEqual([]);
      await own.close();
    }
  });
});
