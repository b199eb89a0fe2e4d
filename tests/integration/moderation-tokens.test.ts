/** Removed, banned, ended: which tokens and sessions are refused after it (PROTOCOL.md, rules A9 to A12). */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { knock, socketTo, ticketOf, tokenOf, upgradeCode, validateCode } from '../support/door.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

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

/** A token of the guest from after what was done by now, within the tolerance of the clocks. */
function younger(room: string): string {
  return tokenOf({ room, user_id: 'gus' }, 4);
}

/** A host, and a guest with the tokens that it has. */
async function meeting(on: { url: string } = server, room: string = randomUUID()) {
  const gus = { room, user_id: 'gus' };
  const tokens = {
    used: tokenOf(gus),
    second: tokenOf({ ...gus, name: 'Gus' }),
    older: tokenOf(gus, -30),
  };
  const host = await joins(tokenOf({ room, user_id: 'hanna', user_type: 'host' }), on);
  return { room, host, guest: await joins(tokens.used, on), tokens };
}

/** What each of these tokens is told at the door and by `validate`. */
async function codesOf(tokens: Record<string, string>, on: { url: string } = server) {
  const codes: Record<string, string> = {};
  for (const [name, token] of Object.entries(tokens)) {
    codes[name] = await upgradeCode(on, token);
    expect(await validateCode(on, token)).toBe(codes[name]);
  }
  return codes;
}

const REVOKED = { used: 'token_revoked', second: 'token_revoked', older: 'token_revoked' };
const BANNED = { used: 'banned', second: 'banned', older: 'banned', younger: 'banned' };

describe('[A9] a removal', () => {
  test('closes the peer and refuses the tokens from before it, and its resume', async () => {
    const { room, host, guest, tokens } = await meeting();
    const ticket = ticketOf(guest);
    await host.request('removePeer', { peerId: guest.id });
    expect(await guest.closed).toEqual({ close: 4403, reason: 'removed' });
    expect(await host.next('peerLeft')).toEqual({ peerId: guest.id, reason: 'removed' });
    expect(await codesOf({ ...tokens, younger: younger(room) })).toEqual({
      ...REVOKED,
      younger: 'accepted',
    });
    expect(await upgradeCode(server, tokens.used, ticket)).toBe('token_revoked');
    await joins(younger(room));
    expect(await refusal(host.request('removePeer', { peerId: guest.id }))).toBe('not_found');
  });

  test('reaches all of the user: other peers, one that reconnects, one that has not joined', async () => {
    const { host, guest, tokens } = await meeting();
    const [twin, away] = [await joins(tokens.second), await joins(tokens.older)];
    const early = await RawClient.open({ ...server, token: () => tokens.second });
    open.push(early);
    await away.cutOff();
    await host.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
    const [enters, ticket] = [new RawClient(socketTo(server, tokens.used)), ticketOf(away)];
    await host.request('removePeer', { peerId: guest.id });
    for (const client of [guest, twin, early]) {
      expect(await client.closed).toEqual({ close: 4403, reason: 'removed' });
    }
    expect(['', 'removed', 'token_revoked']).toContain((await enters.closed).reason);
    await host.next('peerLeft', ({ peerId }) => peerId === away.id);
    expect(await upgradeCode(server, tokens.older, ticket)).toBe('token_revoked');
    expect(server.app.rooms.find(host.welcome.room)?.size).toBe(1);
  });

  test('leaves other users and other rooms alone', async () => {
    const { room, host, guest } = await meeting();
    await host.request('removePeer', { peerId: guest.id });
    const others = {
      bob: tokenOf({ room, user_id: 'bob' }),
      elsewhere: tokenOf({ room: `${room}2`, user_id: 'gus' }),
    };
    expect(await codesOf(others)).toEqual({ bob: 'accepted', elsewhere: 'accepted' });
  });
});

describe('[A10] a ban', () => {
  test('refuses later tokens too, until it is lifted; then those from before it stay refused', async () => {
    const { room, host, guest, tokens } = await meeting();
    await host.request('banUser', { userId: 'gus' });
    expect(await guest.closed).toEqual({ close: 4403, reason: 'banned' });
    expect(await codesOf({ ...tokens, younger: younger(room) })).toEqual(BANNED);
    expect((await host.request('listBans', {})).bans).toMatchObject([{ userId: 'gus' }]);
    await host.request('unbanUser', { userId: 'gus' });
    expect(await codesOf({ ...tokens, younger: younger(room) })).toEqual({
      ...REVOKED,
      younger: 'accepted',
    });
    expect((await host.request('listBans', {})).bans).toEqual([]);
    expect(await refusal(host.request('unbanUser', { userId: 'gus' }))).toBe('not_found');
  });

  test('reaches a user who is not there, and one who waits in the lobby', async () => {
    const { room, host } = await meeting();
    await host.request('setLobby', { lobby: true });
    const waits = await knock(server, tokenOf({ room, user_id: 'wanda' }));
    await host.request('banUser', { userId: 'wanda' });
    expect(await waits.closed).toEqual({ close: 4403, reason: 'banned' });
    await host.request('banUser', { userId: 'nobody yet' });
    expect(await upgradeCode(server, tokenOf({ room, user_id: 'nobody yet' }, 4))).toBe('banned');
  });
});

test('[A11] an end by a host closes everybody and refuses the tokens from before it, other than those of hosts', async () => {
  const { room, host, guest, tokens } = await meeting();
  await host.request('setLobby', { lobby: true });
  const waits = await knock(server, tokenOf({ room, user_id: 'wanda' }));
  const early = await RawClient.open({
    ...server,
    token: () => tokenOf({ room, user_id: 'h', user_type: 'host' }),
  });
  await host.request('endRoom', {});
  for (const client of [host, guest, waits, early]) {
    expect(await client.closed).toEqual({ close: 4410, reason: 'room_ended' });
  }
  await expect.poll(() => server.app.rooms.find(room)).toBeUndefined();
  const hosts = { host: tokenOf({ room, user_id: 'hanna', user_type: 'host' }, -1) };
  expect(await codesOf({ ...tokens, ...hosts, younger: younger(room) })).toEqual({
    ...REVOKED,
    host: 'accepted',
    younger: 'accepted',
  });
  expect(await upgradeCode(server, tokens.used, ticketOf(guest))).toBe('token_revoked');
});

test('[A1] [A11] an end by a backend refuses the tokens of hosts too; a ban by a promoted host does not', async () => {
  const { room, host, guest } = await meeting();
  const absent = tokenOf({ room, user_id: 'henriette', user_type: 'host' }, -1);
  await host.request('setUserType', { peerId: guest.id, userType: 'host' });
  await guest.request('banUser', { userId: 'henriette' });
  expect(await codesOf({ absent })).toEqual({ absent: 'accepted' });
  await server.app.moderation.endRoom({ kind: 'backend', name: 'tests' }, room);
  expect(await codesOf({ absent })).toEqual({ absent: 'token_revoked' });
});

describe('[A12] after a restart', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('with %s all that was answered holds', async (signal) => {
    const DATA_DIR = temporaryFolder();
    const before = await startProcess({ DATA_DIR });
    const removed = await meeting(before);
    await removed.host.request('removePeer', { peerId: removed.guest.id });
    const banned = await meeting(before);
    await banned.host.request('banUser', { userId: 'gus' });
    const lifted = await meeting(before);
    await lifted.host.request('banUser', { userId: 'gus' });
    await lifted.host.request('unbanUser', { userId: 'gus' });
    const ended = await meeting(before);
    await ended.host.request('endRoom', {});
    const locked = await meeting(before);
    await locked.host.request('setLocked', { locked: true });
    open.splice(0);
    before.child.kill(signal);
    await before.exited;

    const after = await startProcess({ DATA_DIR });
    const codesAfter = ({ room, tokens }: { room: string; tokens: Record<string, string> }) =>
      codesOf({ ...tokens, younger: younger(room) }, after);
    expect(await codesAfter(removed)).toEqual({ ...REVOKED, younger: 'accepted' });
    expect(await codesAfter(banned)).toEqual(BANNED);
    expect(await codesAfter(lifted)).toEqual({ ...REVOKED, younger: 'accepted' });
    expect(await codesAfter(ended)).toEqual({ ...REVOKED, younger: 'accepted' });
    expect(await upgradeCode(after, removed.tokens.used, ticketOf(removed.guest))).toBe('token_revoked');
    const late = new RawClient(socketTo(after, locked.tokens.used));
    expect((await late.closed).reason).toBe('room_locked');
    await joins(tokenOf({ room: locked.room, user_id: 'hanna', user_type: 'host' }), after);
    await Promise.all(open.splice(0).map((client) => client.close()));
  });
});

test('each act is a line of the audit, with actor and target', async () => {
  const { room, host, guest } = await meeting();
  await host.request('muteSource', { peerId: guest.id, source: 'mic', mode: 'hard' });
  await host.request('banUser', { userId: 'gus' });
  const facts = server.log.filter((line) => line.audit === true && line.room === room && line.actor);
  expect(facts).toMatchObject([
    { kind: 'source-muted', actor: 'user:hanna', user: 'gus', target: 'mic' },
    { kind: 'user-banned', actor: 'user:hanna', user: 'gus' },
  ]);
});
