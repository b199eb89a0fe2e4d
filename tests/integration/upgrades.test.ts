/** Requests that ask for an upgrade: WebSockets are upgraded, and everything else is a plain HTTP request. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange } from '../support/http.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const BODY = '{"user_id":"alice"}';

/** The status line, and the first answer's JSON where there is one. */
async function ask(target: string, upgrade: string, { method = 'GET', body = '' } = {}): Promise<string> {
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade, HTTP2-Settings, close',
    `Upgrade: ${upgrade}`,
    'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
    ...(body ? ['Content-Type: application/json', `Content-Length: ${body.length}`] : []),
  ];
  return exchange(server.app.port, `${head.join('\r\n')}\r\n\r\n${body}`);
}

test.each([
  ['/health', 200],
  ['/aq_server/capabilities', 200],
  ['/', 200],
  ['/aq_server/validate', 401],
  ['/aq_server/websocket', 401],
  ['/ws', 404],
  ['/nowhere', 404],
])('[D8] GET %s with another upgrade than to a WebSocket answers %i, as without it', async (target, status) => {
  const plain = await fetch(server.url + target, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.status).toBe(status);
  for (const upgrade of ['h2c', 'H2C', 'TLS/1.0', 'foo/2', 'websockets', 'h2c, websocket']) {
    const answer = await ask(target, upgrade);
    expect(answer, upgrade).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain(`content-length: ${plain.headers.get('content-length')}`);
  }
});

test('a request with a body keeps it', async () => {
  const answer = await ask('/api/v1/dev/token', 'h2c', { method: 'POST', body: BODY });
  expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  expect(answer).toContain('"token"');
});

test.each(['websocket', 'WebSocket'])('Upgrade: %s is a WebSocket handshake', async (upgrade) => {
  expect(await ask('/nowhere', upgrade)).toContain('path_not_found');
  const token = server.token();
  const answer = await ask(`/aq_server/websocket?token=${token}`, upgrade);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('upgrade_invalid');
});
