/** Who waits in a lobby, over a real socket: what the server says is written out frame by frame. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { Signaling } from '../../../src/client/signaling.ts';

const PING_INTERVAL = 10_000;
const user = { id: 'u', name: 'u', type: 'guest' };
const waiting = { protocol: 'aq.v1', room: 'r', user, pingInterval: PING_INTERVAL };
const transport = {
  id: 't',
  iceParameters: { usernameFragment: 'u', password: 'p' },
  iceCandidates: [],
  dtlsParameters: { fingerprints: [] },
};
const welcome = {
  ...waiting,
  peerId: 'me',
  resumeSecret: 's3cret',
  grants: [],
  capabilitiesHash: 'h',
  send: transport,
  recv: transport,
};

let server: WebSocketServer;
let ended: AbortController;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  ended = new AbortController();
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'aq.v1' });
  await once(server, 'listening');
});

afterEach(() => {
  ended.abort();
  for (const socket of server.clients) socket.terminate();
  server.close();
  vi.useRealTimers();
});

function tell(socket: ServerSocket, seq: number, event: string, data: unknown): void {
  socket.send(JSON.stringify({ seq, event, data }));
}

/** Opens a session, which waits at once; resolves when it knows. */
async function knock() {
  const connected = once(server, 'connection') as Promise<[ServerSocket]>;
  const told: string[] = [];
  const waits = Promise.withResolvers<void>();
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const opening = Signaling.open({
    url,
    token: 'a.b.c',
    signal: ended.signal,
    onWaiting: ({ room }) => {
      told.push(room);
      waits.resolve();
    },
  });
  opening.catch(() => {});
  const [socket] = await connected;
  tell(socket, 1, 'waiting', waiting);
  await waits.promise;
  return { opening, socket, told };
}

/** The ping of a client after a while of silence. */
async function ping(socket: ServerSocket): Promise<{ id: number; method: string }> {
  const asked = request(socket);
  vi.advanceTimersByTime(PING_INTERVAL);
  return await asked;
}

/** The next request of a client. */
async function request(socket: ServerSocket): Promise<{ id: number; method: string }> {
  const [data] = await once(socket, 'message');
  return JSON.parse(String(data));
}

test('asks for signs of life while it waits, and its ids go on from there', async () => {
  const { opening, socket, told } = await knock();
  for (const id of [1, 2]) {
    expect(await ping(socket)).toMatchObject({ id, method: 'ping' });
    socket.send(JSON.stringify({ id, result: {} }));
    socket.ping(); // frames come in order: what was sent before is there when its pong is
    await once(socket, 'pong');
  }
  expect(told).toEqual(['r']);
  tell(socket, 2, 'welcome', welcome);
  const { signaling } = await opening;
  signaling.request('setHandRaised', { raised: true }).catch(() => {});
  const next = await request(socket);
  expect(next.method).toBe('setHandRaised');
  expect(next.id).toBeGreaterThan(2);
});

test('gives a socket up that says nothing', async () => {
  const { opening, socket } = await knock();
  await ping(socket);
  vi.advanceTimersByTime(PING_INTERVAL);
  await expect(opening).rejects.toMatchObject({ code: 'connection_lost', retry: true });
});

test('is refused with the reason of the host', async () => {
  const { opening, socket } = await knock();
  socket.close(4403, 'lobby_refused');
  await expect(opening).rejects.toMatchObject({ code: 'lobby_refused', retry: false });
});

test('stops waiting when it is ended', async () => {
  const { opening, socket } = await knock();
  await ping(socket);
  const closed = once(socket, 'close');
  ended.abort();
  await expect(opening).rejects.toMatchObject({ code: 'left' });
  expect((await closed)[0]).toBe(1000);
});
