/** One socket: what it counts, and when it gives a client up. */
import { once } from 'node:events';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { Connection, type Ending } from '../../../src/signaling/connection.ts';
import { type SocketPair, socketPair } from '../../support/socket-pair.ts';

const MAX_BUFFERED = 65_536;
const limits = {
  pingIntervalMs: 60_000,
  messagesPerSecond: 1,
  messageBurst: 20,
  maxBufferedBytes: MAX_BUFFERED,
};
let pair: SocketPair;

beforeEach(async () => {
  pair = await socketPair();
});

function connect(): { connection: Connection; closed: Promise<Ending[]>; limitsReached: string[] } {
  const protocol = () => ({ read: () => {}, refuse: () => {} });
  const connection = new Connection(pair.socket, { limits, protocol, logger: pino({ level: 'silent' }) });
  const limitsReached: string[] = [];
  connection.on('limitReached', (limit) => limitsReached.push(limit));
  return { connection, closed: once(connection, 'closed') as Promise<Ending[]>, limitsReached };
}

describe('[F8] a client that reads slowly', () => {
  test('is judged by what waited before a frame, and not by the frame itself', () => {
    const { connection } = connect();
    pair.stream.cork();
    connection.send('x'.repeat(2 * MAX_BUFFERED));
    expect(connection.closed).toBe(false);
  });

  test('may take its time for a large answer, while small frames are counted beside it', async () => {
    const { connection, closed, limitsReached } = connect();
    pair.stream.cork();
    connection.send('x'.repeat(20 * MAX_BUFFERED));
    for (let sent = 0; sent <= MAX_BUFFERED; sent += 1000) connection.send('y'.repeat(1000));
    expect(connection.closed).toBe(false);
    for (let sent = 0; sent <= 5000; sent += 1000) connection.send('y'.repeat(1000));
    expect((await closed)[0]).toMatchObject({ code: 'too_slow' });
    expect(limitsReached).toEqual(['MAX_BUFFERED_BYTES']);
  });

  test('has one large answer at a time: a second one counts', () => {
    const { connection } = connect();
    pair.stream.cork();
    connection.send('x'.repeat(2 * MAX_BUFFERED));
    connection.send('x'.repeat(2 * MAX_BUFFERED));
    expect(connection.closed).toBe(false);
    connection.send('y');
    expect(connection.closed).toBe(true);
  });

  test('may have another when it has read the first', async () => {
    const { connection } = connect();
    const received = once(pair.client, 'message');
    connection.send('x'.repeat(2 * MAX_BUFFERED));
    await received;
    pair.stream.cork();
    connection.send('x'.repeat(2 * MAX_BUFFERED));
    connection.send('y');
    expect(connection.closed).toBe(false);
  });

  test('is counted in bytes: text of other scripts has up to three for each character', () => {
    const { connection } = connect();
    pair.stream.cork();
    for (let sent = 0; sent < MAX_BUFFERED / 2; sent += 1000) connection.send('語'.repeat(1000));
    expect(connection.closed).toBe(true);
  });

  test('is dropped when it reads no pongs, although nothing else is sent', async () => {
    const { connection, closed, limitsReached } = connect();
    pair.stream.cork();
    pair.socket.send(Buffer.alloc(MAX_BUFFERED + 1));
    pair.client.ping();
    expect((await closed)[0]).toMatchObject({ code: 'too_slow' });
    expect([connection.closed, limitsReached]).toEqual([true, ['MAX_BUFFERED_BYTES']]);
  });
});

describe('[F7] control frames', () => {
  test.each(['ping', 'pong'] as const)('%ss count as messages', async (kind) => {
    const { closed, limitsReached } = connect();
    for (let sent = 0; sent <= limits.messageBurst; sent++) pair.client[kind]();
    expect((await closed)[0]).toMatchObject({ code: 'rate_limited' });
    expect(limitsReached).toEqual(['MESSAGES_PER_SECOND']);
  });

  test('that answer the server do not', async () => {
    const { connection } = connect();
    for (let round = 0; round < 2 * limits.messageBurst; round++) {
      const measured = once(connection, 'rtt');
      connection.ping();
      await measured;
    }
    expect(connection.closed).toBe(false);
  });
});

test('[S5] a socket that was gone before its session had it ends like any other', async () => {
  const gone = once(pair.socket, 'close');
  pair.client.terminate();
  await gone;
  const { connection, closed } = connect();
  expect((await closed)[0]).toEqual({ code: 'left', close: 1006, reason: '' });
  expect(connection.closed).toBe(true);
});
