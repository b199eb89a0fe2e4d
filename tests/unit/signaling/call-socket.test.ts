/** One agent's socket: how much it may leave unread, in bytes. */
import { pino } from 'pino';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { CallSocket } from '../../../src/signaling/call-socket.ts';
import { Database } from '../../../src/store/database.ts';
import { encodeCallEvent, type StoredEvent } from '../../../src/telephony/call-event.ts';
import { CallEvents } from '../../../src/telephony/call-events.ts';
import { CallTally } from '../../../src/telephony/call-tally.ts';
import { type SocketPair, socketPair } from '../../support/socket-pair.ts';

const MAX_BUFFERED = 65_536;
const logger = pino({ level: 'silent' });
let pair: SocketPair;
let events: CallEvents;
let limitsReached: (string | undefined)[];

beforeEach(async () => {
  limitsReached = [];
  pair = await socketPair();
  const database = Database.open({ file: ':memory:', logger });
  events = new CallEvents(database);
  onTestFinished(() => {
    events.close();
    database.close();
  });
});

function open(since?: number): CallSocket {
  return new CallSocket(pair.socket, {
    stream: pair.stream,
    identity: {
      ...{ userId: 'alice', name: 'Alice', room: 'default', userType: 'agent', grants: new Set() },
      expiresAt: Date.now() / 1000 + 600,
    },
    since,
    events,
    tally: new CallTally(),
    limits: {
      ...{ pingIntervalMs: 60_000, messagesPerSecond: 1, messageBurst: 20, tokenToleranceMs: 0 },
      maxBufferedBytes: MAX_BUFFERED,
    },
    journal: ({ target }) => limitsReached.push(target),
    logger,
  });
}

/** Tells of events one at a time, each with so many characters in its payload; returns how many until the socket is closed. */
function tellUntilClosed(socket: CallSocket, text: string, most: number): number {
  for (let seq = 1; seq <= most; seq++) {
    const event: StoredEvent = {
      ...{ seq, id: String(seq), type: 'call.speak.ended', occurredAt: '2026-01-01T00:00:00Z' },
      ...{ payload: { text }, callId: null, legId: null, connectionId: null, from: null, to: null },
    };
    socket.tell([{ event, frame: encodeCallEvent(event) }]);
    if (pair.socket.readyState !== pair.socket.OPEN) return seq;
  }
  return most;
}

test('what an agent leaves unread is counted in bytes: text of other scripts has up to three for each character', () => {
  const socket = open();
  pair.stream.cork();
  const told = tellUntilClosed(socket, '語'.repeat(1000), 60);
  expect(told).toBeGreaterThan(MAX_BUFFERED / 3400);
  expect(told).toBeLessThan(MAX_BUFFERED / 2500);
  expect(limitsReached).toEqual(['MAX_BUFFERED_BYTES']);
});

test('one event is judged by what waited before it', () => {
  const socket = open();
  pair.stream.cork();
  expect(tellUntilClosed(socket, 'x'.repeat(20 * MAX_BUFFERED), 1)).toBe(1);
  expect(pair.socket.readyState).toBe(pair.socket.OPEN);
});

test('an agent that reads no pongs is dropped, even while it is told what it missed', async () => {
  await events.store({ id: 'a', type: 'call.cost', occurredAt: '2026-01-01T00:00:00Z', payload: {} });
  pair.stream.cork();
  const socket = open(0);
  pair.socket.send(Buffer.alloc(MAX_BUFFERED + 1));
  pair.client.ping();
  await socket.closed;
  expect(limitsReached).toEqual(['MAX_BUFFERED_BYTES']);
});
