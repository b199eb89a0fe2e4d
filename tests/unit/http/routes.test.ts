import { describe, expect, test } from 'vitest';
import { createOriginPolicy } from '../../../src/auth/origins.ts';
import { mintToken } from '../../../src/auth/tokens.ts';
import { httpServer, secret, storageOk } from '../../support/http.ts';

describe('GET /health', () => {
  test.each([
    ['healthy', 200],
    ['closing', 503],
  ] as const)('while %s answers %i', async (state, status) => {
    const health = { state: () => state, storage: () => storageOk, peers: () => 7 };
    const answer = await httpServer({ health }).inject('/health');
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({
      status: state,
      message: expect.any(String),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      version: '1.2.3',
      uptime_seconds: expect.any(Number),
      requests_last_5_minutes: 200,
      errors_last_5_minutes: 1,
      peers: 7,
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('while changes cannot be saved it is degraded, says what is unsaved, and takes calls all the same', async () => {
    const storage = () => ({ fault: 'full', since: 0, unsaved: 3, lost: 1 });
    const health = { state: () => 'healthy' as const, storage, peers: () => 7 };
    const answer = await httpServer({ health }).inject('/health');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      status: 'degraded',
      storage: { fault: 'full', since: '1970-01-01T00:00:00.000Z', unsaved: 3, lost: 1 },
    });
    const closing = await httpServer({ health: { ...health, state: () => 'closing' } }).inject('/health');
    expect(closing.statusCode).toBe(503);
    expect(closing.json()).toMatchObject({ status: 'closing', storage: { unsaved: 3 } });
  });
});

describe('GET /aq_server/capabilities', () => {
  test('answers what it was given, cacheable, for everybody', async () => {
    const answer = await httpServer().inject('/aq_server/capabilities');
    expect(answer.json()).toEqual({ hash: 'h1', rtpCapabilities: { codecs: [] } });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      etag: '"h1"',
      'access-control-allow-origin': '*',
    });
  });

  test.each([
    ['"h1"', 304],
    ['W/"h1"', 304],
    ['"h0", "h1"', 304],
    ['*', 304],
    ['"h2"', 200],
    ['h1', 200],
  ])('to If-None-Match %s answers %i', async (tag, status) => {
    const headers = { 'if-none-match': tag };
    const answer = await httpServer().inject({ url: '/aq_server/capabilities', headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.body === '').toBe(status === 304);
  });
});

const { token } = mintToken(
  { user_id: 'alice', room: 'r1', user_type: 'viewer' },
  { secret, ttlSeconds: 600 },
);

describe('GET /aq_server/validate', () => {
  const ask = (url: string, headers: Record<string, string> = {}) =>
    httpServer().inject({ url: `/aq_server/validate${url}`, headers: { host: 'a.example', ...headers } });

  test('answers the claims of a good token, with defaults', async () => {
    const answer = await ask(`?token=${token}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json()).toEqual({
      claims: {
        user_id: 'alice',
        name: 'alice',
        room: 'r1',
        user_type: 'viewer',
        grants: ['subscribe', 'chat'],
        iat: expect.any(Number),
        exp: expect.any(Number),
      },
    });
  });

  test('takes the token from the header too', async () => {
    expect((await ask('', { authorization: `Bearer ${token}` })).statusCode).toBe(200);
  });

  test.each([
    ['', 401, 'token_missing'],
    ['?token=', 401, 'token_missing'],
    ['?token=x.y.z', 401, 'token_malformed'],
    [`?token=${token.slice(0, -4)}AAAA`, 401, 'token_signature'],
  ])('refuses %s', async (url, status, code) => {
    const answer = await ask(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ error: { code, message: expect.any(String) } });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).not.toContain(token.slice(0, 20));
  });
});

describe('CORS of GET /aq_server/validate', () => {
  const origins = createOriginPolicy({ allowedOrigins: ['https://app.example'] });
  const ask = (method: 'GET' | 'OPTIONS', origin: string | undefined, url = '/aq_server/validate') =>
    httpServer({ origins }).inject({
      method,
      url,
      headers: { host: 'a.example', ...(origin && { origin }) },
    });

  test('lets an allowed origin read the answer and the refusal', async () => {
    for (const url of [`/aq_server/validate?token=${token}`, '/aq_server/validate']) {
      const answer = await ask('GET', 'https://app.example', url);
      expect(answer.statusCode).toBe(url.includes('?') ? 200 : 401);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': '*',
        vary: 'origin',
      });
    }
  });

  test.each([
    'https://app.example',
    'https://evil.example',
  ])('[D3] answers the preflight of %s', async (origin) => {
    const answer = await ask('OPTIONS', origin);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization, content-type',
      vary: 'origin',
    });
  });

  test('[D3] tells a page of another origin that it may not connect, and nothing of the token', async () => {
    for (const url of [`/aq_server/validate?token=${token}`, '/aq_server/validate?token=x.y.z']) {
      const answer = await ask('GET', 'https://evil.example', url);
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toEqual({ error: { code: 'origin_not_allowed', message: expect.any(String) } });
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', vary: 'origin' });
    }
  });

  test.each([
    ['https://a.example', 200],
    ['https://app.example', 200],
    ['https://evil.example', 403],
    ['', 403],
  ])('[D3] checks the origin %s that a page names where its browser sends none', async (origin, status) => {
    const url = `/aq_server/validate?${new URLSearchParams({ token, origin })}`;
    expect((await ask('GET', undefined, url)).statusCode).toBe(status);
    expect((await ask('GET', 'https://evil.example', url)).statusCode).toBe(403);
  });

  test('lets those without an origin pass', async () => {
    const answer = await ask('GET', undefined, `/aq_server/validate?token=${token}`);
    expect(answer.statusCode).toBe(200);
  });
});

describe('GET /aq_server/websocket without an upgrade', () => {
  test.each([
    ['', 401, 'token_missing'],
    ['?token=x', 401, 'token_malformed'],
    [`?token=${token}`, 400, 'upgrade_invalid'],
  ])('%s answers %i %s', async (query, status, code) => {
    const answer = await httpServer().inject(`/aq_server/websocket${query}`);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().error.code).toBe(code);
  });
});
