/** How often HTTP is asked: limits by address and by user. */
import { afterEach, describe, expect, test } from 'vitest';
import { agentToken } from '../support/agent.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.close());

interface Asked {
  method?: string;
  headers?: Record<string, string>;
}

/** The status, and what a refusal says. */
async function ask(path: string, { method = 'GET', headers = {} }: Asked = {}) {
  const body = method === 'POST' ? '{"user_id":"a"}' : null;
  const type = body === null ? {} : { 'content-type': 'application/json' };
  const response = await fetch(server.url + path, { method, headers: { ...type, ...headers }, body });
  const { error } = (await response.json()) as { error?: { code: string; message: string } };
  return { status: response.status, headers: response.headers, error };
}

const asAgent = () => ({ authorization: `Bearer ${agentToken()}` });

describe('[D8] REQUESTS_PER_MINUTE', () => {
  test.each([
    ['GET', '/aq_server/validate'],
    ['GET', '/aq_server/websocket'],
    ['GET', '/aq_server/capabilities'],
    ['POST', '/api/v1/dev/token'],
    ['GET', '/api/v1/calls'],
    ['POST', '/api/v1/telephony/token'],
    ['GET', '/api/v1/telephony/credentials'],
    ['GET', '/api/v1/telephony/config'],
  ])('counts %s %s by address, whoever asks', async (method, path) => {
    server = await startServer({ REQUESTS_PER_MINUTE: '2' });
    for (let count = 0; count < 2; count++) expect((await ask(path, { method })).status).not.toBe(429);
    const refused = await ask(path, { method, headers: asAgent() });
    expect(refused).toMatchObject({
      status: 429,
      error: { code: 'rate_limited', message: 'too many requests from this address' },
    });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(29);
    expect(seconds).toBeLessThanOrEqual(30);
  });

  test('is one for all of these together, and leaves the others alone', async () => {
    server = await startServer({ REQUESTS_PER_MINUTE: '2' });
    await ask('/aq_server/validate');
    await ask('/aq_server/capabilities');
    expect((await ask('/api/v1/calls')).status).toBe(429);
    for (let count = 0; count < 5; count++) {
      expect((await ask('/health')).status).toBe(200);
      expect((await fetch(`${server.url}/`)).status).toBe(200);
      expect((await ask('/nowhere')).status).toBe(404);
    }
  });

  test('counts an IPv6 address by its first 64 bits, and what a trusted proxy says', async () => {
    server = await startServer({ REQUESTS_PER_MINUTE: '1', TRUSTED_PROXIES: '127.0.0.1' });
    const from = async (address: string) =>
      (await ask('/aq_server/capabilities', { headers: { 'x-forwarded-for': address } })).status;
    expect(await from('2001:db8:1:2::1')).toBe(200);
    expect(await from('2001:db8:1:2:3:4:5:6')).toBe(429);
    expect(await from('2001:db8:1:3::1')).toBe(200);
    expect(await from('192.0.2.1')).toBe(200);
    expect(await from('192.0.2.2')).toBe(200);
    expect(await from('192.0.2.1')).toBe(429);
  });

  test('is told to pages of other origins, whose preflights do not count', async () => {
    const origin = 'https://app.example';
    server = await startServer({ REQUESTS_PER_MINUTE: '1', ALLOWED_ORIGINS: origin });
    const preflight = { origin, 'access-control-request-method': 'GET' };
    for (const path of ['/aq_server/validate', '/api/v1/calls']) {
      for (let count = 0; count < 3; count++) {
        const answer = await fetch(server.url + path, { method: 'OPTIONS', headers: preflight });
        expect(answer.status).toBe(204);
      }
    }
    await ask('/aq_server/capabilities');
    for (const path of ['/aq_server/validate', '/api/v1/calls']) {
      const { status, headers } = await ask(path, { headers: { origin } });
      expect(status).toBe(429);
      expect(['*', origin]).toContain(headers.get('access-control-allow-origin'));
      expect(headers.get('access-control-expose-headers')).toBe('retry-after');
    }
  });

  test('a flood is audited as a flood, with its address', async () => {
    server = await startServer({ REQUESTS_PER_MINUTE: '1' });
    await ask('/aq_server/capabilities');
    for (let count = 0; count < 200; count++) await ask('/aq_server/capabilities');
    const lines = server.log.filter(({ kind }) => kind === 'limit-reached');
    expect(lines[0]).toMatchObject({
      target: 'rate_limited',
      detail: { address: '127.0.0.1', path: '/aq_server/capabilities' },
    });
    expect(lines.length).toBeLessThanOrEqual(60);
  });
});

test('[D8] USER_REQUESTS_PER_MINUTE counts by user, from wherever they ask', async () => {
  server = await startServer({ USER_REQUESTS_PER_MINUTE: '2' });
  for (const path of ['/aq_server/validate', '/api/v1/calls']) {
    expect((await ask(path, { headers: asAgent() })).status).toBe(200);
  }
  const refused = await ask('/api/v1/telephony/config', { headers: asAgent() });
  expect(refused).toMatchObject({
    status: 429,
    error: { code: 'rate_limited', message: 'too many requests of this user' },
  });
  const other = { authorization: `Bearer ${agentToken({ user_id: 'bob' })}` };
  expect((await ask('/api/v1/calls', { headers: other })).status).toBe(200);
  expect((await ask('/aq_server/validate')).error?.code).toBe('token_missing');
});

test('WEBHOOKS_PER_MINUTE counts webhooks alone', async () => {
  server = await startServer({ WEBHOOKS_PER_MINUTE: '2', REQUESTS_PER_MINUTE: '1' });
  for (let count = 0; count < 2; count++) {
    expect((await ask('/webhooks/telnyx', { method: 'POST' })).status).toBe(503);
  }
  expect(await ask('/webhooks/telnyx', { method: 'POST' })).toMatchObject({
    status: 429,
    error: { code: 'rate_limited' },
  });
  expect((await ask('/aq_server/capabilities')).status).toBe(200);
});
