/** The SDK's sessions over real sockets: what the server does is written out frame by frame. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { RoomError } from '../../../src/client/errors.ts';
import { askWhyRefused } from '../../../src/client/refusal.ts';
import { Signaling } from '../../../src/client/signaling.ts';
import type { AnyEvent } from '../../../src/protocol/events.ts';

const PING_INTERVAL = 300;
const transport = {
  id: 't',
  iceParameters: { usernameFragment: 'u', password: 'p' },
  iceCandidates: [],
  dtlsParameters: { fingerprints: [] },
};
const welcome = {
  protocol: 'aq.v1',
  peerId: 'me',
  resumeSecret: 's3cret',
  room: 'r',
  user: { id: 'u', name: 'u', type: 'guest' },
  grants: [],
  capabilitiesHash: 'h',
  send: transport,
  recv: transport,
  iceServers: [],
  pingInterval: PING_INTERVAL,
};

interface Request {
  id: number;
  method: string;
  params: unknown;
}

let http: Server;
let sockets: WebSocketServer;
let base: string;
let ended: AbortController;
let protocols: string[];
/** What the server does with a socket that was accepted. */
let accept: (socket: ServerSocket) => void;
/** The answer to the question why. */
let validate: { status: number; body: string };

beforeEach(async () => {
  ended = new AbortController();
  protocols = [];
  accept = (socket) => tell(socket, 1, 'welcome', welcome);
  validate = { status: 200, body: '{}' };
  http = createServer((_request, response) => {
    response.writeHead(validate.status, { 'content-type': 'application/json' }).end(validate.body);
  });
  sockets = new WebSocketServer({
    server: http,
    path: '/socket',
    handleProtocols: (offered) => {
      protocols = [...offered];
      return 'aq.v1';
    },
  });
  sockets.on('connection', (socket) => accept(socket));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  base = `127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(() => {
  ended.abort();
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  http.close();
});

describe('opening', () => {
  test('offers the protocol and the token, and waits for the welcome', async () => {
    const { signaling } = await open();
    expect(protocols).toEqual(['aq.v1', 'bearer.a.b.c']);
    expect(signaling.welcome).toEqual(welcome);
    expect(signaling.isOpen).toBe(true);
  });

  test('a refused upgrade is unreachable: why it was is asked elsewhere', async () => {
    const opening = Signaling.open({ url: `ws://${base}/elsewhere`, token: 't', signal: ended.signal });
    await expect(opening).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('a socket that is closed before the welcome says why', async () => {
    accept = (socket) => socket.close(4503, 'node_full');
    await expect(open()).rejects.toMatchObject({ code: 'node_full', retry: true });
  });

  test('a token that is none is not sent', async () => {
    const opening = Signaling.open({
      url: `ws://${base}/socket`,
      token: 'not a token',
      signal: ended.signal,
    });
    await expect(opening).rejects.toMatchObject({ code: 'token_malformed' });
    expect(sockets.clients.size).toBe(0);
  });

  test('is given up when it is no longer wanted', async () => {
    accept = () => ended.abort();
    await expect(open()).rejects.toMatchObject({ code: 'left' });
  });
});

describe('requests', () => {
  test('have rising ids, and get their own answers in any order', async () => {
    const { signaling, requests, server } = await open();
    const answers = Promise.all([
      signaling.request('chat', { text: 'one' }),
      signaling.request('chat', { text: 'two' }),
    ]);
    await until(() => requests.length === 2);
    expect(requests).toEqual([
      { id: 1, method: 'chat', params: { text: 'one' } },
      { id: 2, method: 'chat', params: { text: 'two' } },
    ]);
    server.send(JSON.stringify({ id: 2, result: { id: 'b', at: 2 } }));
    server.send(JSON.stringify({ id: null, error: { code: 'rate_limited', message: 'stray' } }));
    server.send(JSON.stringify({ id: 1, result: { id: 'a', at: 1 } }));
    expect(await answers).toEqual([
      { id: 'a', at: 1 },
      { id: 'b', at: 2 },
    ]);
  });

  test('a refusal rejects with its code', async () => {
    const { signaling, server } = await open();
    const request = signaling.request('chat', { text: 'x' });
    server.send(JSON.stringify({ id: 1, error: { code: 'forbidden', message: 'no chat for you' } }));
    const error = await request.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RoomError);
    expect(error).toMatchObject({ code: 'forbidden', message: 'no chat for you' });
  });

  test('reject when the session ends, and at once after that', async () => {
    const { signaling } = await open();
    const waiting = signaling.request('chat', { text: 'x' });
    signaling.close('token_expired');
    await expect(waiting).rejects.toMatchObject({ code: 'token_expired' });
    await expect(signaling.request('chat', { text: 'y' })).rejects.toMatchObject({ code: 'token_expired' });
  });
});

describe('events', () => {
  test('those that precede the answer to a join wait until it has been worked on', async () => {
    const { signaling, server } = await open();
    const seen: string[] = [];
    const joining = signaling.request('join', { rtpCapabilities: {} }).then(() => {
      seen.push('answer');
      signaling.deliver(({ event, data }) => seen.push('peerId' in data ? `${event} ${data.peerId}` : event));
    });
    tell(server, 2, 'peerLeft', { peerId: 'a', reason: 'left' });
    tell(server, 3, 'peerLeft', { peerId: 'b', reason: 'left' });
    server.send(JSON.stringify({ id: 1, result: { peers: [], consumers: [], dataConsumers: [] } }));
    tell(server, 4, 'peerLeft', { peerId: 'c', reason: 'left' });
    await joining;
    await until(() => seen.length === 4);
    expect(seen).toEqual(['answer', 'peerLeft a', 'peerLeft b', 'peerLeft c']);
  });

  test('are kept while they are held, and the one that holds them is the last', async () => {
    const { signaling, server } = await open();
    const seen: string[] = [];
    tell(server, 2, 'peerLeft', { peerId: 'a', reason: 'left' });
    tell(server, 3, 'peerLeft', { peerId: 'b', reason: 'left' });
    const waiting = signaling.request('ping', {});
    server.send(JSON.stringify({ id: 1, result: {} }));
    await waiting;
    signaling.deliver(({ data }) => {
      seen.push('peerId' in data ? data.peerId : '');
      signaling.hold();
    });
    expect(seen).toEqual(['a']);
    signaling.deliver(({ data }) => seen.push('peerId' in data ? data.peerId : ''));
    expect(seen).toEqual(['a', 'b']);
  });

  test('none is delivered after the end', async () => {
    const { signaling, server } = await open();
    const seen: AnyEvent[] = [];
    signaling.deliver((event) => seen.push(event));
    signaling.close('left');
    tell(server, 2, 'peerLeft', { peerId: 'a', reason: 'left' });
    await once(server, 'close');
    expect(seen).toEqual([]);
  });
});

describe('the end of a socket', () => {
  test.each([
    [4401, 'token_expired', 'token_expired', false],
    [4504, 'media_lost', 'media_lost', true],
    [1011, 'internal', 'internal', true],
    [4999, 'of tomorrow', 'connection_lost', true],
  ])('%i %s', async (close, reason, code, retry) => {
    const { signaling, server } = await open();
    server.close(close, reason);
    expect(await signaling.disconnected).toEqual({ code, retry });
    expect(signaling.isOpen).toBe(true);
  });

  test('a socket that breaks off may come back', async () => {
    const { signaling, server } = await open();
    server.terminate();
    expect(await signaling.disconnected).toEqual({ code: 'connection_lost', retry: true });
  });

  test('the server says when to come back', async () => {
    const { signaling, server } = await open();
    tell(server, 2, 'closing', { code: 'server_closing', retryAfter: 1234 });
    server.close(1001, 'server_closing');
    expect(await signaling.disconnected).toEqual({ code: 'server_closing', retry: true, retryAfter: 1234 });
  });

  test('who leaves says so, and closes with 1000', async () => {
    const { signaling, server, requests } = await open();
    signaling.close('left');
    const [close] = await once(server, 'close');
    expect(requests.map(({ method }) => method)).toEqual(['leave']);
    expect(close).toBe(1000);
    expect(await signaling.closed).toBe('left');
  });
});

describe('keepalive', () => {
  // The sockets are real, and take as long as they take.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('silence is answered with a ping, and any frame with patience', async () => {
    const { signaling, server, requests } = await open();
    for (let silences = 0; silences < 3; silences++) {
      vi.advanceTimersByTime(PING_INTERVAL * 1.5);
      const asked = signaling.request('setHandRaised', { raised: true });
      await until(() => requests.length === 2);
      expect(requests.map(({ method }) => method)).toEqual(['ping', 'setHandRaised']);
      for (const { id } of requests.splice(0)) server.send(JSON.stringify({ id, result: {} }));
      await asked;
    }
    expect(signaling.isOpen).toBe(true);
  });

  test('no ping while there are frames', async () => {
    const { signaling, server, requests } = await open();
    let told = 0;
    signaling.deliver(() => told++);
    for (let n = 0; n < 40; n++) {
      const before = told;
      tell(server, n + 2, 'peerLeft', { peerId: 'x', reason: 'left' });
      await until(() => told > before);
      vi.advanceTimersByTime(PING_INTERVAL / 10);
    }
    const asked = signaling.request('setHandRaised', { raised: true });
    await until(() => requests.length > 0);
    expect(requests.map(({ method }) => method)).toEqual(['setHandRaised']);
    for (const { id } of requests) server.send(JSON.stringify({ id, result: {} }));
    await asked;
  });

  test('a dead socket is given up after twice the interval', async () => {
    const { signaling, requests } = await open();
    const waiting = signaling.request('chat', { text: 'x' }).catch((error: unknown) => error);
    vi.advanceTimersByTime(PING_INTERVAL * 1.9);
    await until(() => requests.length === 2);
    expect(requests.map(({ method }) => method)).toEqual(['chat', 'ping']);
    expect(signaling.isOpen).toBe(true);
    vi.advanceTimersByTime(PING_INTERVAL * 0.6);
    expect(await signaling.disconnected).toEqual({ code: 'connection_lost', retry: true });
    signaling.close('connection_lost');
    expect(await waiting).toMatchObject({ code: 'connection_lost' });
  });
});

describe('another socket', () => {
  /** Has the server answer a second socket with this frame. */
  async function comeBack(signaling: Signaling, event: string, data: unknown) {
    const requests: Request[] = [];
    let server: ServerSocket | undefined;
    accept = (socket) => {
      server = socket;
      socket.on('message', (text) => requests.push(JSON.parse(String(text))));
      socket.send(JSON.stringify(event === 'welcome' ? { seq: 1, event, data } : { event, data }));
    };
    const opened = await Signaling.open(to(), signaling);
    return { ...opened, requests, server: server as unknown as ServerSocket };
  }

  test('shows the secret and the last event, and goes on with the session', async () => {
    const { signaling, server } = await open();
    const seen: unknown[] = [];
    signaling.deliver(({ data }) => seen.push(data));
    tell(server, 2, 'peerLeft', { peerId: 'a', reason: 'left' });
    await until(() => seen.length === 1);
    server.terminate();
    await signaling.disconnected;
    const back = await comeBack(signaling, 'resumed', { iceServers: [] });
    expect(protocols).toEqual(['aq.v1', 'bearer.a.b.c', 'resume.me.s3cret.2']);
    expect(back.signaling).toBe(signaling);
    tell(back.server, 3, 'peerLeft', { peerId: 'b', reason: 'left' });
    await until(() => seen.length === 2);
    expect(back.resumed).toEqual({ iceServers: [] });
  });

  test('asks again what was not answered, under the same ids, and what was asked meanwhile', async () => {
    const { signaling, server, requests } = await open();
    const answered = signaling.request('ping', {});
    const lost = signaling.request('chat', { text: 'lost' });
    await until(() => requests.length === 2);
    server.send(JSON.stringify({ id: 1, result: {} }));
    await answered;
    server.terminate();
    await signaling.disconnected;
    const meanwhile = signaling.request('chat', { text: 'meanwhile' });
    const back = await comeBack(signaling, 'resumed', { iceServers: [] });
    await until(() => back.requests.length === 2);
    expect(back.requests.map(({ id, params }) => [id, params])).toEqual([
      [2, { text: 'lost' }],
      [3, { text: 'meanwhile' }],
    ]);
    back.server.send(JSON.stringify({ id: 2, result: { id: 'x', at: 1 } }));
    back.server.send(JSON.stringify({ id: 3, result: { id: 'y', at: 2 } }));
    expect(await Promise.all([lost, meanwhile])).toEqual([
      { id: 'x', at: 1 },
      { id: 'y', at: 2 },
    ]);
  });

  test('tells the room by a snapshot where too much was missed, and counts on from there', async () => {
    const { signaling, server } = await open();
    server.terminate();
    await signaling.disconnected;
    const snapshot = { seq: 700, peers: [], consumers: [], dataConsumers: [] };
    const back = await comeBack(signaling, 'resumed', { iceServers: [], snapshot });
    expect(back.resumed?.snapshot).toEqual(snapshot);
    back.server.terminate();
    await signaling.disconnected;
    await comeBack(signaling, 'resumed', { iceServers: [] });
    expect(protocols).toContain('resume.me.s3cret.700');
  });

  test('is a new session where the server has forgotten the last one', async () => {
    const { signaling, server } = await open();
    server.terminate();
    await signaling.disconnected;
    const back = await comeBack(signaling, 'welcome', { ...welcome, peerId: 'another' });
    expect(back.signaling).not.toBe(signaling);
    expect(back.signaling.welcome.peerId).toBe('another');
    expect(signaling.isOpen).toBe(true);
  });

  test('takes the place of one that is still there', async () => {
    const { signaling, server } = await open();
    const gone = once(server, 'close');
    await comeBack(signaling, 'resumed', { iceServers: [] });
    expect((await gone)[0]).toBe(4000);
    const waiting = signaling.request('ping', {});
    signaling.close('connection_lost');
    await expect(waiting).rejects.toMatchObject({ code: 'connection_lost' });
  });
});

describe('why a socket was refused', () => {
  const ask = () => askWhyRefused(`http://${base}/validate`, 'a.b.c');

  test('is what the server says', async () => {
    validate = { status: 401, body: '{"error":{"code":"token_expired","message":"it is over"}}' };
    expect(await ask()).toMatchObject({ code: 'token_expired', message: 'it is over', retry: false });
  });

  test.each([
    [200, '{"claims":{}}'],
    [502, '<html>a proxy</html>'],
    [500, '{"error":{"code":"of_tomorrow"}}'],
    [500, 'null'],
  ])('is that it cannot be reached: %i %s', async (status, body) => {
    validate = { status, body };
    expect(await ask()).toMatchObject({ code: 'unreachable', retry: true });
  });

  test('is that it cannot be reached when nobody answers', async () => {
    http.close();
    http.closeAllConnections();
    expect(await ask()).toMatchObject({ code: 'unreachable', retry: true });
  });
});

/** An open socket with both its ends, and what the server was asked so far. */
async function open(): Promise<{ signaling: Signaling; server: ServerSocket; requests: Request[] }> {
  const requests: Request[] = [];
  const connected = once(sockets, 'connection').then(([server]: ServerSocket[]) => {
    server?.on('message', (data) => requests.push(JSON.parse(String(data))));
    return server;
  });
  const { signaling } = await Signaling.open(to());
  const server = await connected;
  if (!server) throw new Error('no connection');
  return { signaling, server, requests };
}

function to() {
  return { url: `ws://${base}/socket`, token: 'a.b.c', signal: ended.signal };
}

function tell(socket: ServerSocket, seq: number, event: string, data: unknown): void {
  if (socket.readyState === ServerSocket.OPEN) socket.send(JSON.stringify({ seq, event, data }));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
