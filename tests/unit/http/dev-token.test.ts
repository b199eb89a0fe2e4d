import { describe, expect, test } from 'vitest';
import { createOriginPolicy } from '../../../src/auth/origins.ts';
import { createTokenVerifier } from '../../../src/auth/tokens.ts';
import { devToken, httpServer, secret, type TestHttpOptions } from '../../support/http.ts';

interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
  remoteAddress?: string;
  options?: TestHttpOptions;
}

const ask = ({ body = { user_id: 'alice' }, headers, remoteAddress = '127.0.0.1', options }: Ask = {}) =>
  httpServer({ devToken: devToken(), ...options }).inject({
    method: 'POST',
    url: '/api/v1/dev/token',
    remoteAddress,
    headers: { host: 'localhost:8080', 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
  });

test('gives a token that the door takes', async () => {
  const answer = await ask({ body: { user_id: 'alice', room: 'r', user_type: 'host', name: 'Al' } });
  expect(answer.statusCode).toBe(201);
  expect(answer.headers['cache-control']).toBe('no-store');
  const { token, expires_at } = answer.json();
  const verifier = createTokenVerifier({ secret, maxTtlSeconds: 600, clockToleranceSeconds: 0 });
  const identity = verifier.verify(token);
  expect(identity).toMatchObject({ userId: 'alice', room: 'r', userType: 'host', name: 'Al' });
  expect(Date.parse(expires_at)).toBe(identity.expiresAt * 1000);
});

test('does not exist where it was not asked for, as in production', async () => {
  const server = httpServer();
  const answer = await server.inject({ method: 'POST', url: '/api/v1/dev/token', payload: { user_id: 'a' } });
  expect(answer.statusCode).toBe(404);
});

describe('answers', () => {
  test.each<[string, Ask]>([
    ['loopback in IPv6', { remoteAddress: '::1' }],
    ['loopback as IPv4 in IPv6', { remoteAddress: '::ffff:127.0.0.1' }],
    ['127.0.0.1', { headers: { host: '127.0.0.1:8080' } }],
    ['[::1]', { headers: { host: '[::1]' } }],
    ['a name under localhost', { headers: { host: 'rooms.localhost:1' } }],
    ['its own page', { headers: { origin: 'http://localhost:8080' } }],
    ['an empty room', { body: { user_id: 'a', room: '' } }],
  ])('%s', async (_, request) => expect((await ask(request)).statusCode).toBe(201));
});

describe('refuses', () => {
  test.each<[string, string, Ask]>([
    ['another machine', 'forbidden', { remoteAddress: '192.168.0.7' }],
    ['another machine in IPv6', 'forbidden', { remoteAddress: '2001:db8::1' }],
    [
      'another machine that claims to be this one',
      'forbidden',
      {
        remoteAddress: '192.168.0.7',
        headers: { 'x-forwarded-for': '127.0.0.1' },
      },
    ],
    ['a proxy', 'forbidden', { headers: { 'x-forwarded-for': '127.0.0.1' } }],
    ['a proxy with an empty header', 'forbidden', { headers: { 'x-forwarded-for': '' } }],
    ['a proxy with the standard header', 'forbidden', { headers: { forwarded: 'for=127.0.0.1' } }],
    ['a foreign Host', 'forbidden', { headers: { host: 'rebound.example:8080' } }],
    ['a Host that begins as localhost does', 'forbidden', { headers: { host: 'localhost.example' } }],
    ['a Host that ends as localhost does', 'forbidden', { headers: { host: 'notlocalhost' } }],
    ['a Host with its own loopback', 'forbidden', { headers: { host: '127.0.0.1.example' } }],
    ['a foreign page', 'origin_not_allowed', { headers: { origin: 'https://evil.example' } }],
    ['a page on another port', 'origin_not_allowed', { headers: { origin: 'http://localhost:3000' } }],
    ['a page without an origin of its own', 'origin_not_allowed', { headers: { origin: 'null' } }],
    [
      'a foreign page that is on the list',
      'origin_not_allowed',
      {
        headers: { origin: 'https://app.example' },
        options: { origins: createOriginPolicy({ allowedOrigins: ['https://app.example'] }) },
      },
    ],
  ])('%s', async (_, code, request) => {
    const answer = await ask(request);
    expect(answer.statusCode).toBe(403);
    expect(answer.json().error.code).toBe(code);
  });
});

describe('when it is open', () => {
  const options = { devToken: devToken(true) };

  test('answers other machines and names', async () => {
    const headers = { host: 'rooms.example', 'x-forwarded-for': '203.0.113.1' };
    expect((await ask({ options, headers, remoteAddress: '203.0.113.1' })).statusCode).toBe(201);
  });

  test('still refuses foreign pages', async () => {
    const headers = { origin: 'https://evil.example' };
    expect((await ask({ options, headers })).json().error.code).toBe('origin_not_allowed');
  });
});

describe('wrong bodies', () => {
  test.each([
    [{}, 'user_id'],
    [{ user_id: '' }, 'user_id'],
    [{ user_id: 7 }, 'user_id'],
    [{ user_id: 'a', room: 7 }, 'room'],
    [{ user_id: 'a', room: 'x'.repeat(129) }, 'room'],
    [{ user_id: 'a', exp: 1 }, 'exp'],
    [[], 'body'],
    [null, 'body'],
    ['alice', 'body'],
  ])('%j are refused by the name of the field', async (body, field) => {
    const answer = await ask({ body });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toEqual({ code: 'invalid_params', message: expect.stringContaining(field) });
  });
});
