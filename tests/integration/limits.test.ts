/** Each limit that a client can reach: its code, its line in the log, and nothing else. */
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.close());

/** The lines of the log that speak of this limit, by its code or its variable. */
function lines(limit: string): unknown[] {
  return server.log.filter((line) => line.code === limit || line.limit === limit);
}

function joined(user_id: string, room = 'room'): Promise<RawClient> {
  return RawClient.join(server, server.token({ user_id, room, user_type: 'host' }));
}

/** The status and the code with which an upgrade is refused. */
async function refusedUpgrade(
  headers: Record<string, string> = {},
  user_id = 'refused',
): Promise<[number, string]> {
  const socket = connect(server.app.port, '127.0.0.1');
  const lines = Object.entries({ Host: 'x', Connection: 'Upgrade', Upgrade: 'websocket', ...headers });
  const target = `/aq_server/websocket?token=${server.token({ user_id })}`;
  socket.write(
    `GET ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  return [Number(answer.slice(9, 12)), JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error.code];
}

test('MAX_PEERS_PER_ROOM: of a hundred joins at one moment into a room for ten, ten get in', async () => {
  server = await startServer({ MAX_PEERS_PER_ROOM: '10' });
  const clients = await Promise.all(
    Array.from({ length: 100 }, (_, n) => RawClient.open(server, server.token({ user_id: `user-${n}` }))),
  );
  const results = await Promise.allSettled(clients.map((client) => client.joinRoom()));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
  expect(refused).toEqual(Array(90).fill('room_full'));
  expect(server.app.rooms.peers).toBe(10);
  expect(lines('room_full')).toHaveLength(90);
});

test('MAX_ROOMS: one room more closes with node_full, and a room that ends makes room', async () => {
  server = await startServer({ MAX_ROOMS: '1' });
  const first = await joined('ann', 'first');
  await expect(joined('bob', 'second')).rejects.toThrow('node_full');
  expect(lines('node_full').length).toBeGreaterThan(0);
  await first.close();
  await expect.poll(() => server.app.rooms.size).toBe(0);
  await joined('bob', 'second');
});

test('MAX_PRODUCERS_PER_PEER and MAX_DATA_PRODUCERS_PER_PEER are limit_reached', async () => {
  server = await startServer({ MAX_PRODUCERS_PER_PEER: '1', MAX_DATA_PRODUCERS_PER_PEER: '1' });
  const ann = await joined('ann');
  await ann.request('produce', track('mic'));
  expect(await refusal(ann.request('produce', track('camera')))).toBe('limit_reached');
  expect(await refusal(ann.request('produce', track('camera')))).toBe('limit_reached');
  const channel = { reliability: 'reliable' as const, streamId: 0 };
  await ann.request('produceData', { id: crypto.randomUUID(), ...channel });
  const more = ann.request('produceData', { id: crypto.randomUUID(), ...channel, streamId: 1 });
  expect(await refusal(more)).toBe('limit_reached');
  expect(lines('limit_reached')).toHaveLength(2); // a line for each method
});

test('MAX_CONSUMERS_PER_PEER: producers beyond it are told, and not received', async () => {
  server = await startServer({ MAX_CONSUMERS_PER_PEER: '1' });
  const [ann, bob] = [await joined('ann'), await joined('bob')];
  await ann.request('produce', track('mic'));
  await bob.next('consumerOpened');
  await ann.request('produce', track('camera'));
  await bob.next('producerOpened', ({ producer }) => producer.source === 'camera');
  await bob.settled();
  expect(bob.all('consumerOpened')).toHaveLength(1);
  expect(lines('MAX_CONSUMERS_PER_PEER')).toHaveLength(1);
  const late = await RawClient.open(server, server.token({ user_id: 'late', room: 'room' }));
  const { peers, consumers } = await late.joinRoom();
  expect([peers.flatMap(({ producers }) => producers).length, consumers.length]).toEqual([2, 1]);
  // One that closes makes room for the one that was left out.
  await ann.request('closeProducer', { id: bob.find('consumerOpened').consumer.producerId });
  await bob.next('consumerOpened', ({ consumer }) => consumer.source === 'camera');
});

test('CHAT_PER_MINUTE is rate_limited, and other requests are not', async () => {
  server = await startServer({ CHAT_PER_MINUTE: '2' });
  const ann = await joined('ann');
  for (const text of ['one', 'two']) await ann.request('chat', { text });
  expect(await refusal(ann.request('chat', { text: 'three' }))).toBe('rate_limited');
  await ann.settled();
  expect(lines('rate_limited')).toHaveLength(1);
});

test('MAX_WAITING_PER_USER: who joins or goes makes room', async () => {
  server = await startServer({ MAX_WAITING_PER_USER: '2' });
  const token = server.token({ user_id: 'refused' });
  const [first, second] = [await RawClient.open(server, token), await RawClient.open(server, token)];
  expect(await refusedUpgrade()).toEqual([429, 'too_many_waiting']);
  await first.joinRoom();
  const third = await RawClient.open(server, token);
  expect(await refusedUpgrade()).toEqual([429, 'too_many_waiting']);
  await second.close();
  await third.close();
  await expect.poll(() => RawClient.open(server, token).then(() => true)).toBe(true);
  expect(lines('too_many_waiting')).toHaveLength(2);
});

test('MAX_WAITING holds for all users together', async () => {
  server = await startServer({ MAX_WAITING: '2' });
  for (const user_id of ['ann', 'bob']) await RawClient.open(server, server.token({ user_id }));
  expect(await refusedUpgrade()).toEqual([429, 'too_many_waiting']);
});

test('CONNECTIONS_PER_MINUTE counts by address, and X-Forwarded-For only from a trusted proxy', async () => {
  server = await startServer({ CONNECTIONS_PER_MINUTE: '2' });
  for (const user_id of ['ann', 'bob']) await RawClient.open(server, server.token({ user_id }));
  expect(await refusedUpgrade({ 'X-Forwarded-For': '203.0.113.7' })).toEqual([429, 'too_many_connections']);
  expect(lines('too_many_connections')).toMatchObject([{ address: '127.0.0.1' }]);
  await server.close();
  server = await startServer({ CONNECTIONS_PER_MINUTE: '2', TRUSTED_PROXIES: '127.0.0.1' });
  const from = (address: string, user: string) => refusedUpgrade({ 'X-Forwarded-For': address }, user);
  for (const user of ['ann', 'bob'])
    expect(await from('203.0.113.7', user)).toEqual([400, 'upgrade_invalid']);
  expect(await from('203.0.113.7', 'cleo')).toEqual([429, 'too_many_connections']);
  expect(await from('203.0.113.8', 'cleo')).toEqual([400, 'upgrade_invalid']);
});

test('CONNECTIONS_PER_MINUTE counts by user too, from whatever addresses, and sessions that are resumed', async () => {
  server = await startServer({ CONNECTIONS_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' });
  const token = server.token({ user_id: 'ann' });
  const ann = await RawClient.join(server, token);
  await ann.cutOff();
  await ann.resume(server, token);
  const from = (address: string, user: string) => refusedUpgrade({ 'X-Forwarded-For': address }, user);
  expect(await from('203.0.113.1', 'ann')).toEqual([400, 'upgrade_invalid']);
  expect(await from('203.0.113.2', 'ann')).toEqual([429, 'too_many_connections']);
  expect(await from('203.0.113.2', 'bob')).toEqual([400, 'upgrade_invalid']);
});

test('a flood of refused upgrades writes a bounded number of lines, and says how many it left out', async () => {
  server = await startServer({ CONNECTIONS_PER_MINUTE: '1' });
  for (let n = 0; n < 400; n++) await refusedUpgrade();
  const refused = server.log.filter(({ msg }) => msg === 'refused');
  expect(refused.length).toBeGreaterThan(150);
  expect(refused.length).toBeLessThan(300);
});

test('JOIN_TIMEOUT closes a socket that does not join, and no other', async () => {
  server = await startServer({ JOIN_TIMEOUT: '3' });
  const ann = await joined('ann');
  const silent = await RawClient.open(server, server.token({ user_id: 'silent' }));
  expect(await silent.closed).toEqual({ close: 4408, reason: 'join_timeout' });
  await ann.settled();
  expect(lines('join_timeout')).toHaveLength(1);
});

test('MAX_MESSAGE_BYTES, MAX_HEADER_BYTES and HEADER_TIMEOUT have their lines', async () => {
  server = await startServer({ HEADER_TIMEOUT: '1' });
  const ann = await joined('ann');
  ann.socket.send('x'.repeat(65_537));
  expect((await ann.closed).close).toBe(1009);
  expect(await refusedUpgrade({ 'X-Long': 'x'.repeat(17_000) })).toEqual([431, 'headers_too_big']);
  const slow = connect(server.app.port, '127.0.0.1');
  slow.write('GET /health HTTP/1.1\r\n');
  let answer = '';
  for await (const chunk of slow.setEncoding('utf8')) answer += chunk;
  expect(answer).toContain('request_timeout');
  for (const limit of ['MAX_MESSAGE_BYTES', 'MAX_HEADER_BYTES', 'HEADER_TIMEOUT']) {
    expect(lines(limit), limit).toHaveLength(1);
  }
});
