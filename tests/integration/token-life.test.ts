/** Tokens on a living session (PROTOCOL.md, rules T4 to T6). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { type Clock, stopClock } from '../support/clock.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let clock: Clock;

beforeAll(async () => {
  clock = stopClock();
  server = await startServer({ TOKEN_CLOCK_TOLERANCE: '0' });
});
afterAll(async () => {
  clock.restore();
  await server.close();
});

function mint(
  claims: { user_id: string; room: string; user_type?: string; name?: string },
  ttlSeconds: number,
): string {
  return mintToken(claims, { secret: SECRET, ttlSeconds }).token;
}

test('[T4] who has less than a minute left is told so, and at the end the session ends with 4401', async () => {
  const client = await RawClient.join(server, mint({ user_id: 'ann', room: 'short' }, 1));
  const { expiresAt } = await client.next('tokenExpiring');
  expect(expiresAt).toBe((clock.seconds() + 1) * 1000);
  await clock.advance(0);
  await client.settled();
  await clock.advance(1000);
  expect(await client.closed).toEqual({ close: 4401, reason: 'token_expired' });
});

test('[T4] who has missed more than is kept is told once more', async () => {
  const short = await startServer({ SESSION_EVENTS: '0', TOKEN_CLOCK_TOLERANCE: '0' });
  const token = mint({ user_id: 'ann', room: 'missed' }, 30);
  const client = await RawClient.join(short, token);
  const { expiresAt } = await client.next('tokenExpiring');
  await client.cutOff();
  await client.resume(short, token, 1);
  expect(client.resumptions[0]?.snapshot).toBeDefined();
  await client.settled();
  expect(client.all('tokenExpiring')).toEqual([{ expiresAt }, { expiresAt }]);
  await client.cutOff();
  await client.resume(short, mint({ user_id: 'ann', room: 'missed' }, 600), 1);
  await client.settled();
  expect(client.all('tokenExpiring')).toHaveLength(2);
  await short.close();
});

test('[T5] another token extends the session and takes over its claims', async () => {
  const claims = { user_id: 'bob', room: 'longer' };
  const eve = await RawClient.join(server, mint({ user_id: 'eve', room: 'longer' }, 600));
  const client = await RawClient.join(server, mint({ ...claims, user_type: 'host' }, 1));
  const { expiresAt: before } = await client.next('tokenExpiring');
  const younger = mint({ ...claims, user_type: 'viewer', name: 'Robert' }, 600);
  const { expiresAt } = await client.request('refreshToken', { token: younger });
  expect(expiresAt).toBeGreaterThan(before);
  expect((await client.next('grantsChanged')).grants).toEqual(['subscribe', 'chat']);
  await eve.next('peerUpdated', ({ name, userType }) => name === 'Robert' && userType === 'viewer');
  expect(await refusal(client.request('endRoom', {}))).toBe('forbidden');
  await clock.advance(2000);
  await client.settled();
});

test('[T5] what is no good changes nothing', async () => {
  const claims = { user_id: 'carl', room: 'same' };
  const client = await RawClient.join(server, mint({ ...claims, user_type: 'host' }, 600));
  const refused = async (token: string) => await refusal(client.request('refreshToken', { token }));
  expect(await refused(mint({ ...claims, user_id: 'eve' }, 600))).toBe('forbidden');
  expect(await refused(mint({ ...claims, room: 'other' }, 600))).toBe('forbidden');
  expect(await refused(mint(claims, -10))).toBe('token_expired');
  expect(await refused('x.y.z')).toBe('token_malformed');
  expect(await refused(mintToken(claims, { secret: `${SECRET}x`, ttlSeconds: 60 }).token)).toBe(
    'token_signature',
  );
  expect(client.all('grantsChanged')).toEqual([]);
  await client.request('setLocked', { locked: true });
});

test('[T6] a resume with a younger token goes on with that', async () => {
  const claims = { user_id: 'dora', room: 'resumed' };
  const client = await RawClient.join(server, mint(claims, 1));
  await client.next('tokenExpiring');
  await client.cutOff();
  await client.resume(server, mint(claims, 600));
  await clock.advance(2000);
  await client.settled();
});

test('[T6] who is away when its token ends cannot come back with it', async () => {
  const claims = { user_id: 'finn', room: 'away' };
  const { token } = mintToken(claims, { secret: SECRET, ttlSeconds: 1 });
  const client = await RawClient.join(server, token);
  await client.next('tokenExpiring');
  await client.cutOff();
  await clock.advance(1000);
  await expect(client.resume(server, token)).rejects.toThrow('401');
  await expect.poll(() => server.app.rooms.find('away')).toBeUndefined();
});
