/** What all answers have in common. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import { codes } from '../../../src/protocol/codes.ts';
import { devToken, httpServer } from '../../support/http.ts';

describe('every answer has strict headers', () => {
  test.each([
    '/health',
    '/aq_server/capabilities',
    '/aq_server/validate',
    '/nowhere',
    '/%zz',
  ])('%s', async (url) => {
    const { headers } = await httpServer().inject(url);
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers['permissions-policy']).toContain(
      'camera=(self), microphone=(self), display-capture=(self)',
    );
    const csp = String(headers['content-security-policy']).split('; ');
    expect(csp).toEqual(
      expect.arrayContaining([
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(csp.join()).not.toContain('unsafe');
  });

  test.each([
    ["'none'", 'DENY'],
    ["'self'", 'SAMEORIGIN'],
    ["'self' https://a.example", undefined],
  ])('frame ancestors %s', async (frameAncestors, frameOptions) => {
    const { headers } = await httpServer({ frameAncestors }).inject('/health');
    expect(headers['content-security-policy']).toContain(`frame-ancestors ${frameAncestors}`);
    expect(headers['x-frame-options']).toBe(frameOptions);
  });
});

describe('an unknown path is path_not_found', () => {
  test.each([
    '/nowhere',
    '/health/',
    '/HEALTH',
    '//health',
    '/health%00',
    '/%zz',
    '/aq_server',
    '/api/v1/dev/token',
  ])('%s', async (url) => {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const answer = await httpServer().inject({ method, url });
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toEqual({
        error: { code: 'path_not_found', message: codes.path_not_found.message },
      });
    }
  });
});

describe('a wrong method is method_not_allowed', () => {
  test.each([
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/aq_server/capabilities?x=1', 'GET, HEAD'],
    ['OPTIONS', '/health', 'GET, HEAD'],
    ['PUT', '/aq_server/validate', 'GET, HEAD, OPTIONS'],
    ['POST', '/aq_server/websocket', 'GET, HEAD'],
    ['GET', '/api/v1/dev/token', 'POST'],
    ['TRACE', '/health', 'GET, HEAD'],
  ] as const)('%s %s', async (method, url, allow) => {
    const answer = await httpServer({ devToken: devToken() }).inject({ method, url });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    expect(answer.json().error.code).toBe('method_not_allowed');
  });

  test('whatever its body is', async () => {
    const headers = { 'content-type': 'text/xml' };
    const answer = await httpServer().inject({ method: 'POST', url: '/health', headers, payload: '<a/>' });
    expect(answer.statusCode).toBe(405);
  });
});

describe('a body', () => {
  const post = (payload: string, type = 'application/json') =>
    httpServer({ devToken: devToken() }).inject({
      method: 'POST',
      url: '/api/v1/dev/token',
      headers: { host: 'localhost', 'content-type': type },
      payload,
    });
  const body = (length: number) => `{"user_id":"a"${' '.repeat(length - 15)}}`;

  test('of 64 KiB is read, and one byte more is message_too_big', async () => {
    expect((await post(body(65_536))).statusCode).toBe(201);
    const answer = await post(body(65_537));
    expect(answer.statusCode).toBe(413);
    expect(answer.json().error.code).toBe('message_too_big');
  });

  test.each([
    ['{', 'application/json'],
    ['', 'application/json'],
    ['{"__proto__":{"x":1}}', 'application/json'],
    ['user_id=a', 'application/x-www-form-urlencoded'],
    ['{"user_id":"a"}', 'text/plain'],
    ['{"user_id":"a"}', 'nonsense'],
  ])('%j as %s is invalid_request', async (payload, type) => {
    const answer = await post(payload, type);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({
      error: { code: 'invalid_request', message: codes.invalid_request.message },
    });
  });
});

describe('what goes wrong in a route', () => {
  async function failing(error: unknown) {
    let log = '';
    const sink = new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
    const authorize = () => {
      throw error;
    };
    const server = httpServer({ logger: pino(sink), authorize });
    const answer = await server.inject('/aq_server/validate?token=THE-TOKEN');
    return { answer, log };
  }

  test('is internal, tells nothing, and is logged with its stack and without the query', async () => {
    const { answer, log } = await failing(new TypeError('inner secret'));
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({ error: { code: 'internal', message: codes.internal.message } });
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(log).toContain('inner secret');
    expect(log).toContain('server.test.ts');
    expect(log).toContain('"path":"/aq_server/validate"');
    expect(log).not.toContain('THE-TOKEN');
  });

  test('is told and not logged where it is a refusal', async () => {
    const { answer, log } = await failing(new AppError('room_full', 'no chair left'));
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ error: { code: 'room_full', message: 'no chair left' } });
    expect(log).toBe('');
  });
});
