/** A socket's signs of life, on a clock of the test's own. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { Keepalive } from '../../../src/signaling/keepalive.ts';

const INTERVAL = 10_000;

/** What the watch has of a socket. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  pings = 0;

  ping(): void {
    this.pings++;
  }
}

let socket: FakeSocket;
let keepalive: Keepalive;
let told: (string | number)[];

beforeEach(() => {
  vi.useFakeTimers();
  socket = new FakeSocket();
  told = [];
  keepalive = new Keepalive(socket as unknown as WebSocket, {
    interval: INTERVAL,
    onDead: () => told.push('dead'),
    onRtt: (ms) => told.push(ms),
    onControlFrame: () => told.push('control frame'),
  });
});
afterEach(() => {
  keepalive.stop();
  vi.useRealTimers();
});

test('silence is answered with one ping, and as much again is death', () => {
  vi.advanceTimersByTime(INTERVAL - 1);
  expect(socket.pings).toBe(0);
  vi.advanceTimersByTime(1);
  expect(socket.pings).toBe(1);
  vi.advanceTimersByTime(INTERVAL - 1);
  expect([socket.pings, told]).toEqual([1, []]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['dead']);
});

test.each(['message', 'ping', 'pong'])('a %s is a sign of life', (sign) => {
  vi.advanceTimersByTime(INTERVAL * 1.5);
  socket.emit(sign);
  vi.advanceTimersByTime(INTERVAL * 1.9);
  expect(told).not.toContain('dead');
  vi.advanceTimersByTime(INTERVAL * 0.2);
  expect(told).toContain('dead');
});

test('the time in which this process stood still is no silence', () => {
  vi.advanceTimersByTime(INTERVAL / 2);
  const stoodStill = performance.now() + INTERVAL * 10;
  vi.spyOn(performance, 'now').mockReturnValueOnce(stoodStill);
  vi.advanceTimersByTime(INTERVAL / 4);
  expect([socket.pings, told]).toEqual([0, []]);
});

test('a pong tells the round trip of the ping before it, once', () => {
  vi.advanceTimersByTime(INTERVAL);
  vi.advanceTimersByTime(70);
  socket.emit('pong');
  socket.emit('pong');
  expect(told.filter((each) => typeof each === 'number')).toEqual([70]);
});

test('a ping may be asked for, while none is on its way', () => {
  keepalive.ping();
  vi.advanceTimersByTime(30);
  keepalive.ping();
  expect(socket.pings).toBe(1);
  vi.advanceTimersByTime(10);
  socket.emit('pong');
  keepalive.ping();
  expect(socket.pings).toBe(2);
  expect(told.filter((each) => typeof each === 'number')).toEqual([40]);
});

test('a socket that is not open is not pinged', () => {
  socket.readyState = 2;
  keepalive.ping();
  expect(socket.pings).toBe(0);
});

test('who has stopped watching says nothing', () => {
  keepalive.stop();
  vi.advanceTimersByTime(INTERVAL * 3);
  expect([socket.pings, told]).toEqual([0, []]);
});
