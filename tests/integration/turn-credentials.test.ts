/** [T7] Where clients get their STUN and TURN servers from: each time with credentials of their own, and of that moment. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IceServerInfo } from '../../src/protocol/model.ts';
import { type Clock, stopClock } from '../support/clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const TURN_SECRET = 'a-secret-of-turn-in-the-tests';
const TTL_SECONDS = 600;
let server: TestServer;
let clock: Clock;

beforeAll(async () => {
  clock = stopClock();
  server = await startServer({
    STUN_URLS: 'stun:stun.example.com:3478',
    TURN_URLS: 'turn:turn.example.com:3478?transport=udp,turns:turn.example.com:5349',
    TURN_SECRET,
    TURN_TTL: String(TTL_SECONDS),
  });
});
afterAll(async () => {
  clock.restore();
  await server.close();
});

/** When these credentials end, in seconds; throws for what coturn would refuse. */
function endOf(servers: IceServerInfo[], user: string): number {
  const [stun, turn] = servers;
  expect(stun).toEqual({ urls: ['stun:stun.example.com:3478'] });
  expect(turn?.urls).toHaveLength(2);
  const [end, whose] = (turn?.username ?? '').split(':');
  expect(whose).toBe(user);
  expect(turn?.credential).toBe(
    createHmac('sha1', TURN_SECRET)
      .update(turn?.username ?? '')
      .digest('base64'),
  );
  return Number(end);
}

test('in welcome, in a resume and in the answer to restartIce', async () => {
  const token = server.token({ user_id: 'ann' });
  const client = await RawClient.join(server, token);
  const atWelcome = endOf(client.welcome.iceServers, 'ann');
  expect(atWelcome).toBe(clock.seconds() + TTL_SECONDS);
  await clock.advance(1000);
  const { iceServers } = await client.request('restartIce', { transport: 'recv' });
  const atRestart = endOf(iceServers, 'ann');
  expect(atRestart).toBe(atWelcome + 1);
  await clock.advance(1000);
  await client.cutOff();
  await client.resume(server, token);
  expect(endOf(client.resumptions[0]?.iceServers ?? [], 'ann')).toBe(atRestart + 1);
  expect(JSON.stringify(server.log)).not.toContain(client.welcome.iceServers[1]?.credential);
  await client.close();
});
