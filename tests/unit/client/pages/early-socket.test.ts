import { beforeEach, expect, test, vi } from 'vitest';
import { takeEarlySocket } from '../../../../src/client/pages/room/early-socket.ts';

const URL_ = 'ws://localhost/aq_server/websocket';

class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  onmessage: unknown = () => {};
  readyState = FakeSocket.OPEN;
  readonly close = vi.fn();
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
  }
}

function openEarly(protocols = ['aq.v1', 'bearer.a'], messages: unknown[] = []): FakeSocket {
  const socket = new FakeSocket(URL_, protocols);
  vi.stubGlobal('window', { earlySocket: { socket, protocols, messages } });
  return socket;
}

beforeEach(() => {
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('window', {});
});

test('without an early socket a new one is opened', () => {
  expect(takeEarlySocket(URL_, ['aq.v1', 'bearer.a'])).toMatchObject({ url: URL_ });
});

test('the early socket is taken once, with what it has heard in order', async () => {
  const early = openEarly(undefined, ['one', 'two']);
  const taken = takeEarlySocket(URL_, ['aq.v1', 'bearer.a']);
  expect(taken).toBe(early);
  const heard: unknown[] = [];
  taken.addEventListener('message', ({ data }) => heard.push(data));
  await Promise.resolve();
  expect(heard).toEqual(['one', 'two']);
  expect(early.onmessage).toBeNull();
  expect(takeEarlySocket(URL_, ['aq.v1', 'bearer.a'])).not.toBe(early);
});

test.each([
  ['of another token', ['aq.v1', 'bearer.b'], FakeSocket.OPEN],
  ['that has ended', ['aq.v1', 'bearer.a'], 3],
])('an early socket %s is closed, and a new one is opened', (_which, protocols, readyState) => {
  const early = openEarly();
  early.readyState = readyState;
  expect(takeEarlySocket(URL_, protocols)).not.toBe(early);
  expect(early.close).toHaveBeenCalledOnce();
});
