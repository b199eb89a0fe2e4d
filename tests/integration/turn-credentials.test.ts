/** [T7] Where clients get their STUN and TURN servers from: each time with credentials of their own, and of that moment. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IceServerInfo } from '../../src/protocol/model.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const TURN_SECRET = 'a-secret-of-turn-in-the-tests';
const TTL_SECONDS = 600;
let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    STUN_URLS: 'stun:stun.example.com:3478',
    TURN_URLS: 'turn:turn.example.com:3478?transport=udp,turns:turn.example.com:5349',
    TURN_SECRET,
    TURN_TTL: String(TTL_SECONDS),
  });
});
afterAll(() => server.close());

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

async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 3000 }).toBeGreaterThan(second);
}

test('in welcome, in a resume and in the answer to restartIce', async () => {
  const token = server.token({ user_id: 'ann' });
  const before = Math.floor(Date.now() / 1000);
  const client = await RawClient.join(server, token);
  const atWelcome = endOf(client.welcome.iceServers, 'ann');
  expect(atWelcome - before).toBeGreaterThanOrEqual(TTL_SECONDS);
  expect(atWelcome - before).toBeLessThan(TTL_SECONDS + 60);
  await nextSecond();
  const { iceServers } = await client.request('restartIce', { transport: 'recv' });
  const atRestart = endOf(iceServers, 'ann');
  expect(atRestart).toBeGreaterThan(atWelcome);
  await nextSecond();
  await client.cutOff();
  await client.resume(server, token);
  expect(endOf(client.resumptions[0]?.iceServers ?? [], 'ann')).toBeGreaterThan(atRestart);
  expect(JSON.stringify(server.log)).not.toContain(client.welcome.iceServers[1]?.credential);
  await client.close();
});
