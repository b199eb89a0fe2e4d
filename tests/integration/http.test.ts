/** What only a real socket shows. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listen } from '../../src/http/server.ts';
import { devToken, exchange, folderOf, httpServer, listeningServer } from '../support/http.ts';

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const errorOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).error.code;

/** A server whose pages stand in a folder beside a secret. */
async function withPages() {
  const folder = await folderOf({
    'public/index.html': '<!doctype html>page',
    'public/sub/x.txt': 'x',
    'dist/sdk.js': 'sdk',
    'secret.txt': 'SECRET',
    '.env': 'SECRET',
  });
  const pages = { publicDir: join(folder, 'public'), distDir: join(folder, 'dist') };
  return { ...(await listeningServer({ pages })), folder };
}

describe('no path escapes the folders of pages', () => {
  test.each([
    '/../secret.txt',
    '/sub/../../secret.txt',
    '/assets/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/%252e%252e%252fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/sub\\..\\..\\secret.txt',
    '/.../secret.txt',
    '/./../secret.txt',
    '//../secret.txt',
    '/..;/secret.txt',
    '/%c0%ae%c0%ae/secret.txt',
    '/..%00/secret.txt',
    '/secret.txt%00.html',
    '/.env',
    '/../.env',
    '/%2eenv',
    '../secret.txt',
    'http://localhost/../secret.txt',
  ])('%s', async (target) => {
    const { port } = await withPages();
    const answer = await exchange(port, get(target));
    expect([400, 404]).toContain(statusOf(answer));
    expect(answer).not.toContain('SECRET');
  });

  test('nor by its absolute place', async () => {
    const { port, folder } = await withPages();
    for (const target of [`${folder}/secret.txt`, `/${folder}/secret.txt`, `file://${folder}/secret.txt`]) {
      expect(await exchange(port, get(target))).not.toContain('SECRET');
    }
  });

  test('whatever it is', async () => {
    const { port } = await withPages();
    expect(await exchange(port, get('/sub/x.txt'))).toMatch(/\r\n\r\nx$/);
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%5c',
      '%00',
      'sub',
      'secret.txt',
      '.env',
      '?',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const answer = await exchange(port, get(`/${pieces.join('')}`));
        expect(answer).toMatch(/^HTTP\/1\.1 (200|400|404) /);
        expect(answer).not.toContain('SECRET');
      }),
      { numRuns: 300 },
    );
  });
});

describe('bytes that are no good request', () => {
  test.each([
    ['rubbish', 'hello\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a space in the target', get('/a b')],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n'],
  ])('%s', async (_, bytes) => {
    const { port, url } = await listeningServer();
    const answer = await exchange(port, bytes);
    expect(statusOf(answer)).toBe(400);
    expect(errorOf(answer)).toBe('invalid_request');
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('too many headers', async () => {
    const { port } = await listeningServer();
    const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`);
    expect(statusOf(answer)).toBe(431);
    expect(errorOf(answer)).toBe('headers_too_big');
  });

  test('any bytes leave the server alive', async () => {
    const { port, url } = await listeningServer();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        await exchange(port, `GET ${Buffer.from(bytes).toString('latin1')}\r\n\r\n`).catch(() => {});
      }),
      { numRuns: 200 },
    );
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

describe('slow clients', () => {
  const headerTimeoutMs = 200;

  test.each([
    ['sends nothing', ''],
    ['stops in the headers', 'GET /health HTTP/1.1\r\nHost: a\r\nX-'],
    [
      'stops in the body',
      'POST /api/v1/dev/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('one that %s is dropped', async (_, bytes) => {
    const { port, url } = await listeningServer({ headerTimeoutMs, devToken: devToken() });
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    let answer = '';
    for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
    expect(statusOf(answer)).toBe(408);
    expect(errorOf(answer)).toBe('request_timeout');
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('one byte at a time is no way around', async () => {
    const { port } = await listeningServer({ headerTimeoutMs });
    const socket = connect(port, '127.0.0.1');
    const drip = setInterval(() => socket.write('X'), 20);
    let answer = '';
    socket.on('error', () => {});
    for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 4(00|08) /);
  });
});

describe('the dev token over real sockets', () => {
  test('is given to this machine, and not by a foreign name or page', async () => {
    const { port, url } = await listeningServer({ devToken: devToken() });
    const post = (headers: string) =>
      exchange(
        port,
        `POST /api/v1/dev/token HTTP/1.1\r\n${headers}Connection: close\r\nContent-Type: application/json\r\n` +
          'Content-Length: 15\r\n\r\n{"user_id":"a"}',
      );
    expect(statusOf(await post(`Host: localhost:${port}\r\n`))).toBe(201);
    expect(statusOf(await post(`Host: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n`))).toBe(201);
    expect(statusOf(await post('Host:\r\n'))).toBe(403);
    expect(statusOf(await post(`Host: rebound.example:${port}\r\n`))).toBe(403);
    expect(statusOf(await post(`Host: localhost:${port}\r\nOrigin: http://evil.example\r\n`))).toBe(403);
    expect(statusOf(await post(`Host: localhost:${port}\r\nX-Forwarded-For: 127.0.0.1\r\n`))).toBe(403);
    const fromFetch = await fetch(`${url}/api/v1/dev/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user_id":"a"}',
    });
    expect(fromFetch.status).toBe(201);
  });
});

test('without a host it listens on each address, and this machine is known in the clothes of IPv6 too', async () => {
  const server = httpServer({ devToken: devToken() });
  const port = await listen(server, { port: 0 });
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"user_id":"a"}',
  });
  expect(answer.status).toBe(201);
});

test('a body that is too big is refused while it is being sent', async () => {
  const { url } = await listeningServer({ devToken: devToken() });
  const response = await fetch(`${url}/api/v1/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: 'x'.repeat(70_000) }),
  });
  expect(response.status).toBe(413);
});

test('closing ends idle and half-open connections at once', async () => {
  // Nothing else would end them before the test is over.
  const { server, port, url } = await listeningServer({ headerTimeoutMs: 120_000 });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const half = connect(port, '127.0.0.1');
  half.on('error', () => {});
  const [connection] = await once(server.server, 'connection');
  half.write('GET / HTTP/1.1\r\n');
  await expect.poll(() => connection.bytesRead).toBeGreaterThan(0);
  await server.close();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});
