/** What one socket at `/ws` may send: control frames count as messages do. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Agent, agentToken } from '../support/agent.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.close());

const OPCODES = { ping: 9, pong: 10 } as const;

/** A control frame of a client with 100 bytes in it, masked with zeros (RFC 6455 section 5.2). */
function controlFrame(opcode: number): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | 100, 0, 0, 0, 0]), Buffer.alloc(100)]);
}

/** A raw socket behind the handshake, which answers nothing by itself. */
async function rawSocket(query: string): Promise<Socket> {
  const socket = connect(server.app.port, '127.0.0.1');
  socket.on('error', () => {});
  const headers = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(`GET /ws?${query} HTTP/1.1\r\n${[...headers, key].join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  return socket;
}

/** Writes until the server cuts the socket off; resolves to the bytes that it took. */
async function flood(socket: Socket, bytes: Buffer): Promise<number> {
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  while (!socket.destroyed && socket.bytesWritten < 1_000_000_000) {
    const drained = new Promise((resolve) => socket.once('drain', resolve));
    if (!socket.write(bytes)) await Promise.race([drained, closed]);
    await tick();
  }
  return socket.bytesWritten;
}

test.each(['ping', 'pong'] as const)('of %ss no more than of messages', async (kind) => {
  server = await startServer({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '20' });
  const agent = await Agent.open(server);
  let answered = 0;
  agent.socket.on('pong', () => answered++);
  for (let count = 0; count < 200; count++) agent.socket[kind]('x');
  expect(await agent.closed).toMatchObject({ close: 4429, reason: 'rate_limited' });
  expect(answered).toBeLessThan(30);
  expect(server.log.filter(({ limit }) => limit === 'MESSAGES_PER_SECOND')).toHaveLength(1);
});

test('a few pings are answered, and count as life', async () => {
  server = await startServer();
  const agent = await Agent.open(server);
  for (let count = 0; count < 20; count++) {
    agent.socket.ping(String(count));
    const [data] = await once(agent.socket, 'pong');
    expect(String(data)).toBe(String(count));
  }
  expect(agent.socket.readyState).toBe(agent.socket.OPEN);
});

test.each([
  ['an agent', () => `token=${agentToken()}`],
  ['somebody who was refused', () => 'token=x'],
])('the socket of %s is cut off when it floods and does not close', async (_who, query) => {
  server = await startServer();
  const socket = await rawSocket(query());
  const frames = Buffer.concat(Array.from({ length: 100 }, () => controlFrame(OPCODES.ping)));
  expect(await flood(socket, frames)).toBeLessThan(30_000_000);
});
