/** HTTPS of the server's own: HTTP/2 and HTTP/1.1, WebSockets over both, and certificates that change. */
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { ClientHttp2Session } from 'node:http2';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { get, handshake, openSession, openWebSocket, textOf } from '../support/http2-web-socket.ts';
import { createKeyPair, type KeyPairFiles } from '../support/key-pairs.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const ROOM = '/aq_server/websocket';

let folder: string;
let pair: KeyPairFiles;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aq-tls-'));
  pair = await createKeyPair(folder, 'first');
  server = await startServer({
    TLS_CERT: pair.certFile,
    TLS_KEY: pair.keyFile,
    MAX_WAITING_PER_USER: '1',
    HEADER_TIMEOUT: '1',
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

let session: ClientHttp2Session;
beforeEach(async () => {
  session = await openSession(server.url, pair.cert);
  const opened = session;
  onTestFinished(() => opened.destroy());
});

function protocols(user_id: string): string[] {
  return ['aq.v1', `bearer.${server.token({ user_id })}`];
}

async function joinOver(webSocket: WebSocket): Promise<RawClient> {
  const client = new RawClient(webSocket);
  await client.next('welcome');
  await client.joinRoom();
  return client;
}

describe('what is served', () => {
  test('HTTP/2 and HTTP/1.1 serve the same', async () => {
    const second = await get(session, '/aq_server/capabilities');
    const first = await new Promise<{ version: string; headers: object }>((resolve) => {
      request(`${server.url}/aq_server/capabilities`, { ca: pair.cert }, (response) => {
        response.resume();
        resolve({ version: response.httpVersion, headers: response.headers });
      }).end();
    });
    expect(first.version).toBe('1.1');
    expect(second.headers).toMatchObject({ ':status': 200, 'x-content-type-options': 'nosniff' });
    expect(second.headers.etag).toBe((first.headers as { etag?: string }).etag);
    expect(JSON.parse(second.body)).toHaveProperty('rtpCapabilities');
  });

  test('the page of its own origin passes over HTTP/2, and another does not', async () => {
    const authorization = `Bearer ${server.token()}`;
    const own = await get(session, '/aq_server/validate', { authorization, origin: server.url });
    const other = await get(session, '/aq_server/validate', { authorization, origin: 'https://example.com' });
    expect(own.headers[':status']).toBe(200);
    expect(other.headers[':status']).toBe(403);
    expect(other.body).toContain('origin_not_allowed');
  });

  test('an h2c upgrade over HTTP/1.1 is a plain request', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    const status = await new Promise((resolve) => {
      request(`${server.url}/health`, { ca: pair.cert, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(200);
  });
});

describe('a WebSocket over HTTP/2', () => {
  test('joins a room beside one over HTTP/1.1', async () => {
    const url = `${server.url.replace('http', 'ws')}${ROOM}`;
    const first = await joinOver(new WebSocket(url, protocols('one'), { ca: pair.cert }));
    const second = await joinOver(await openWebSocket(session, { path: ROOM, protocols: protocols('two') }));
    expect((await first.next('peerJoined')).peer.userId).toBe('two');
    const { id } = await first.request('chat', { text: 'hello' });
    expect((await second.next('chatReceived')).id).toBe(id);
    await second.close();
    expect(await first.next('peerLeft')).toEqual({ peerId: second.id, reason: 'left' });
    await first.close();
  });

  test.each([
    [ROOM, {}, 401, 'token_missing'],
    ['/nowhere', {}, 404, 'path_not_found'],
    [ROOM, { ':protocol': 'webtransport' }, 400, 'upgrade_invalid'],
    [`${ROOM}?token=TOKEN`, { 'sec-websocket-version': '8' }, 400, 'upgrade_invalid'],
    [`${ROOM}?token=TOKEN`, { origin: 'https://example.com' }, 403, 'origin_not_allowed'],
  ])('[D2] is refused by an HTTP answer: %s with %j is %i', async (target, headers, status, code) => {
    const path = target.replace('TOKEN', server.token());
    const { stream, answer } = await handshake(session, { path, headers });
    expect(answer[':status']).toBe(status);
    expect(JSON.parse(await textOf(stream))).toMatchObject({ error: { code } });
  });

  test('[D5] gives its waiting place back when its stream is reset', async () => {
    const options = { path: ROOM, protocols: protocols('waiting') };
    const waiting = new RawClient(await openWebSocket(session, options));
    await waiting.next('welcome');
    expect((await handshake(session, options)).answer[':status']).toBe(429);
    waiting.socket.terminate();
    await expect.poll(() => server.app.sessions()).toBe(0);
    const again = await openWebSocket(session, options);
    again.close();
    await once(again, 'close');
  });

  test('[S1] is cut off with its connection, and comes back over another', async () => {
    const options = { path: ROOM, protocols: protocols('returning') };
    const client = await joinOver(await openWebSocket(session, options));
    session.destroy();
    await client.closed;
    const ticket = `resume.${client.id}.${client.welcome.resumeSecret}.${client.lastSeq}`;
    const other = await openSession(server.url, pair.cert);
    const resumed = await openWebSocket(other, { path: ROOM, protocols: [...options.protocols, ticket] });
    const [frame] = await once(resumed, 'message');
    expect(String(frame)).toContain('"event":"resumed"');
    resumed.close();
    await once(resumed, 'close');
    other.destroy();
  });
});

describe('[D7] headers', () => {
  test('that are too long reset their stream of HTTP/2, and no other', async () => {
    const stream = session.request({ ':path': '/health', 'x-long': 'x'.repeat(20_000) });
    const [error] = await once(stream, 'error');
    expect(String(error)).toContain('NGHTTP2_ENHANCE_YOUR_CALM');
    expect((await get(session, '/health')).headers[':status']).toBe(200);
  });

  test('that do not come are answered over HTTP/1.1', async () => {
    const socket = await openTls(server.app.port);
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n');
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('that come without a handshake end the socket', async () => {
    const socket = connectTcp(server.app.port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'close');
  });
});

test('[F8] a WebSocket over HTTP/2 that does not read is dropped before it holds more than the limit', async () => {
  const limit = 262_144;
  const fast = await startServer({
    TLS_CERT: pair.certFile,
    TLS_KEY: pair.keyFile,
    PING_INTERVAL: '60',
    SESSION_GRACE: '1',
    MAX_BUFFERED_BYTES: String(limit),
    MESSAGES_PER_SECOND: '10000',
    MESSAGE_BURST: '100000',
    CHAT_PER_MINUTE: '1000000',
  });
  const [one, other] = [await openSession(fast.url, pair.cert), await openSession(fast.url, pair.cert)];
  const join = async (from: ClientHttp2Session, user_id: string) => {
    const options = { path: ROOM, protocols: ['aq.v1', `bearer.${fast.token({ user_id })}`] };
    return joinOver(await openWebSocket(from, options));
  };
  const [reader, writer] = [await join(one, 'reader'), await join(other, 'writer')];
  reader.socket.pause();
  const text = 'x'.repeat(2000);
  let left = false;
  void writer.next('peerLeft').then(() => {
    left = true;
  });
  for (let sent = 0; !left && sent < 40_000; sent++) await writer.request('chat', { text });
  expect(await writer.next('peerLeft')).toEqual({ peerId: reader.id, reason: 'too_slow' });
  const [line] = fast.log.filter((entry) => entry.limit === 'MAX_BUFFERED_BYTES');
  expect(Number(line?.bytes)).toBeLessThan(limit + 8192);
  await writer.close();
  await fast.close();
  for (const opened of [one, other]) opened.destroy();
});

describe('the certificate', () => {
  test('that replaces another counts for new connections, and drops nobody', async () => {
    const [first, second] = [await createKeyPair(folder, 'old'), await createKeyPair(folder, 'new')];
    const own = await startServer({ TLS_CERT: first.certFile, TLS_KEY: first.keyFile });
    const logged = (message: string) => own.log.some(({ msg }) => msg === message);
    const open = await openSession(own.url, first.cert);
    const options = { path: ROOM, protocols: ['aq.v1', `bearer.${own.token()}`] };
    const client = await joinOver(await openWebSocket(open, options));
    expect(await presentedBy(own)).toBe('old');

    await writeFile(first.keyFile, second.key);
    await expect.poll(() => logged('certificate not replaced, the last one stays')).toBe(true);
    expect(await presentedBy(own)).toBe('old');

    await rename(second.certFile, first.certFile);
    await expect.poll(() => logged('certificate replaced')).toBe(true);
    expect(await presentedBy(own)).toBe('new');
    await client.settled();
    await own.close();
  });

  test.each([
    ['TLS_CERT', { TLS_CERT: '/nowhere.crt' }, 'TLS_CERT: /nowhere.crt cannot be read (ENOENT).'],
    ['TLS_KEY', { TLS_KEY: 'other' }, 'TLS_KEY: this is not the key of the certificate in TLS_CERT.'],
    [
      'TLS_KEY',
      { TLS_KEY: 'certificate' },
      'TLS_KEY: the file is not a private key in PEM, without a passphrase.',
    ],
  ])('with a wrong %s keeps the server from starting: %j', async (_name, changes, sentence) => {
    const [own, other] = [await createKeyPair(folder, 'own'), await createKeyPair(folder, 'other')];
    const files = { other: other.keyFile, certificate: own.certFile };
    const variables = { TLS_CERT: own.certFile, TLS_KEY: own.keyFile, ...changes };
    const TLS_KEY = new Map(Object.entries(files)).get(variables.TLS_KEY) ?? variables.TLS_KEY;
    await expect(startServer({ ...variables, TLS_KEY })).rejects.toThrow(sentence);
  });
});

test('a server that closes tells its sockets over HTTP/2, and ends its sessions', async () => {
  const closing = await startServer({ TLS_CERT: pair.certFile, TLS_KEY: pair.keyFile });
  const other = await openSession(closing.url, pair.cert);
  const client = await joinOver(
    await openWebSocket(other, { path: ROOM, protocols: ['aq.v1', `bearer.${closing.token()}`] }),
  );
  const ended = once(other, 'close');
  await closing.close();
  expect(client.all('closing')).toHaveLength(1);
  await ended;
});

/** The file is looked at every two seconds. */

async function openTls(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}

/** The common name of the certificate that a new connection is shown. */
async function presentedBy({ app }: TestServer): Promise<string> {
  const socket = await openTls(app.port);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}
