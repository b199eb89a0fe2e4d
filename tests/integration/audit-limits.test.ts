/** Each limit that somebody reaches is a line of the audit, and says whose it was where that is known. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { Agent, agentToken } from '../support/agent.ts';
import { knock, socketTo, tokenOf } from '../support/door.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.close());

/** Waits for the line of the audit that speaks of a limit. */
async function audited(target: string): Promise<Record<string, unknown>[]> {
  const lines = () => server.log.filter((line) => line.kind === 'limit-reached' && line.target === target);
  await expect.poll(() => lines().length, { message: target }).toBe(1);
  return lines();
}

/** What a room's socket says when it ends. */
async function endOf(token: string): Promise<string> {
  return (await new RawClient(socketTo(server, token)).closed).reason;
}

test('of rooms: too many of them, too many in a lobby, too many banned, and a join that does not come', async () => {
  server = await startServer({ MAX_ROOMS: '1', MAX_LOBBY: '1', MAX_BANS_PER_ROOM: '1', JOIN_TIMEOUT: '3' });
  const room = randomUUID();
  const host = await RawClient.join(server, tokenOf({ room, user_id: 'hanna', user_type: 'host' }));
  expect(await endOf(tokenOf({ room: 'other', user_id: 'ann' }))).toBe('node_full');
  expect(await audited('node_full')).toMatchObject([{ user: 'ann', room: 'other' }]);
  expect(await endOf(tokenOf({ room, user_id: 'slow' }))).toBe('join_timeout');
  expect(await audited('join_timeout')).toMatchObject([{ user: 'slow', room }]);
  await host.request('setLobby', { lobby: true });
  await knock(server, tokenOf({ room, user_id: 'wanda' }));
  expect(await endOf(tokenOf({ room, user_id: 'willy' }))).toBe('lobby_full');
  expect(await audited('lobby_full')).toMatchObject([{ user: 'willy', room }]);
  await host.request('banUser', { userId: 'one' });
  expect(await refusal(host.request('banUser', { userId: 'two' }))).toBe('limit_reached');
  expect(await audited('limit_reached banUser')).toMatchObject([{ user: 'hanna', room }]);
});

test('of a socket: messages too many, too long and in too many parts', async () => {
  server = await startServer({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '2' });
  const join = () => RawClient.join(server, server.token({ user_id: 'ann' }));
  const fast = await join();
  for (let n = 0; n < 10; n++) fast.socket.send('{}');
  expect((await fast.closed).reason).toBe('rate_limited');
  expect(await audited('MESSAGES_PER_SECOND')).toMatchObject([{ user: 'ann' }]);
  const long = await join();
  long.socket.send('x'.repeat(65_537));
  expect((await long.closed).close).toBe(1009);
  expect(await audited('MAX_MESSAGE_BYTES')).toMatchObject([{ user: 'ann' }]);
  const torn = await join();
  for (let n = 0; n < 300; n++) torn.socket.send('x', { fin: false });
  expect((await torn.closed).close).toBe(1008);
  expect(await audited('MAX_FRAGMENTS')).toMatchObject([{ user: 'ann' }]);
});

test('of an agent: messages too many and too long', async () => {
  server = await startServer({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '2' });
  const fast = await Agent.open(server);
  for (let n = 0; n < 10; n++) fast.socket.send('{}');
  expect((await fast.closed).reason).toBe('rate_limited');
  expect(await audited('MESSAGES_PER_SECOND')).toMatchObject([{ user: 'alice' }]);
  const long = await Agent.open(server);
  long.socket.send('x'.repeat(65_537));
  expect((await long.closed).close).toBe(1009);
  expect(await audited('MAX_MESSAGE_BYTES')).toMatchObject([{ user: 'alice' }]);
});

test('of an agent: sockets too many, until one of them ends', async () => {
  server = await startServer({ MAX_SOCKETS_PER_AGENT: '2' });
  const first = await Agent.open(server);
  await Agent.open(server);
  const third = new Agent(server, { token: agentToken() });
  expect(await third.closed).toEqual({ close: 1008, reason: 'too_many_connections' });
  expect(await audited('MAX_SOCKETS_PER_AGENT')).toMatchObject([{ user: 'alice' }]);
  await Agent.open(server, { user_id: 'bob' });
  first.socket.close();
  await expect.poll(() => Agent.open(server).catch(() => 'refused')).toBeInstanceOf(Agent);
});

test('of a webhook: a body that is too long', async () => {
  server = await startServer();
  const body = 'x'.repeat(300_000);
  expect((await fetch(`${server.url}/webhooks/telnyx`, { method: 'POST', body })).status).toBe(413);
  await audited('message_too_big');
});
