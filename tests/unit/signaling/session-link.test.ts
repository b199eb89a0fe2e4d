/** The sockets of one session, over real ones. */
import { once } from 'node:events';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { speakRequests } from '../../../src/signaling/request-frames.ts';
import { SessionLink, type SessionLinkOptions } from '../../../src/signaling/session-link.ts';
import { type SocketPair, socketPair } from '../../support/socket-pair.ts';

const LIMITS = {
  pingIntervalMs: 60_000,
  messagesPerSecond: 100,
  messageBurst: 100,
  maxBufferedBytes: 100_000,
  graceMs: 60_000,
};

interface Options extends Partial<SessionLinkOptions['limits']> {
  isResumable?: () => boolean;
}

/** A link with its first socket, and what it tells. */
async function link({ isResumable = () => true, ...limits }: Options = {}) {
  const first = await socketPair();
  const requests: number[] = [];
  const taker = { length: 0, take: ({ id }: { id: number }) => void requests.push(id) };
  const made = new SessionLink(first.socket, {
    limits: { ...LIMITS, ...limits },
    protocol: speakRequests({ requests: taker, maxQueuedRequests: 10 }),
    isResumable,
    logger: pino({ level: 'silent' }),
  });
  onTestFinished(() => made.close('left'));
  const told: string[] = [];
  made.on('detached', () => told.push('detached'));
  made.on('ended', (code) => told.push(`ended ${code}`));
  made.on('limitReached', (limit) => told.push(limit));
  return { link: made, ...first, told, requests };
}

/** Timeouts pass by the test's hand alone; sockets take as long as they take. */
function stopTimeouts(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** The close code and the reason that the client is told. */
async function closeOf({ client }: SocketPair): Promise<[number, string]> {
  const [close, reason] = await once(client, 'close');
  return [close, String(reason)];
}

/** Waits until the client has so many frames. */
async function receives({ client, received }: SocketPair, count: number): Promise<string[]> {
  while (received.length < count) await once(client, 'message');
  return received;
}

test('frames go to the client, and its requests to who takes them', async () => {
  const { link: made, requests, ...pair } = await link();
  made.send('one', 'two');
  expect(await receives(pair, 2)).toEqual(['one', 'two']);
  pair.client.send('{"id":7,"method":"ping"}');
  await once(pair.socket, 'message');
  expect(requests).toEqual([7]);
});

test('a round trip is measured, again when it is asked for', async () => {
  const { link: made } = await link();
  made.ping();
  const [first] = await once(made, 'rtt');
  made.ping();
  const [second] = await once(made, 'rtt');
  for (const ms of [first, second]) expect(ms).toBeGreaterThan(0);
});

describe('a socket that is gone', () => {
  /** The client reads nothing any more, and is sent more than may wait. */
  async function overfill(made: SessionLink, { client }: SocketPair): Promise<void> {
    client.pause();
    const frame = 'x'.repeat(50_000);
    let isThere = true;
    made.once('detached', () => {
      isThere = false;
    });
    while (isThere) {
      made.send(frame, frame);
      await new Promise(setImmediate);
    }
  }

  test.each([
    ['was cut off', async (_: SessionLink, { client }: SocketPair) => client.terminate()],
    ['was closed to be resumed', async (_: SessionLink, { client }: SocketPair) => client.close(4000)],
    ['was too slow', overfill],
  ])('because it %s leaves the session until its client is back', async (_, end) => {
    const { link: made, told, ...pair } = await link();
    const detached = once(made, 'detached');
    await end(made, pair);
    await detached;
    const next = await socketPair();
    made.replace(next.socket);
    made.send('back');
    expect(await receives(next, 1)).toEqual(['back']);
    expect(told.filter((each) => each.startsWith('ended'))).toEqual([]);
  });

  test('silently leaves the session, too', async () => {
    const { link: made, client, told } = await link({ pingIntervalMs: 50 });
    client.pause();
    await once(made, 'detached');
    expect(told).toEqual(['detached']);
  });

  test.each([
    ['its client closed it', {}, 'left'],
    ['sessions are not kept', { graceMs: 0 }, 'left'],
    ['this one is not worth it', { isResumable: () => false }, 'left'],
  ])('where %s ends the session', async (what, options, code) => {
    const { link: made, client, told } = await link(options);
    const closed = made.closed.then(() => 'closed');
    if (what === 'its client closed it') client.close(1000);
    else client.terminate();
    expect(await once(made, 'ended')).toEqual([code]);
    expect(await closed).toBe('closed');
    expect(told).toEqual([`ended ${code}`]);
  });

  test('by our own hand for another reason ends the session', async () => {
    const { link: made, client, told } = await link({ messageBurst: 1, messagesPerSecond: 1 });
    for (let n = 0; n < 20; n++) client.send('{}');
    expect(await once(made, 'ended')).toEqual(['rate_limited']);
    expect(told).toEqual(['MESSAGES_PER_SECOND', 'ended rate_limited']);
  });

  test('for longer than the grace time ends the session', async () => {
    stopTimeouts();
    const { link: made, client, told } = await link();
    client.terminate();
    await once(made, 'detached');
    vi.advanceTimersByTime(LIMITS.graceMs - 1);
    expect(told).toEqual(['detached']);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['detached', 'ended connection_lost']);
    await made.closed;
  });

  test('and dead by its silence says so at the end', async () => {
    const { link: made, client } = await link({ pingIntervalMs: 50, graceMs: 20 });
    client.pause();
    expect(await once(made, 'ended')).toEqual(['socket_dead']);
  });

  test('takes no frames', async () => {
    const { link: made, received, client } = await link();
    client.terminate();
    await once(made, 'detached');
    made.send('lost');
    made.ping();
    expect(received).toEqual([]);
  });
});

describe('another socket', () => {
  test('takes the place of the one that is there', async () => {
    const { link: made, told, ...pair } = await link();
    const next = await socketPair();
    const close = closeOf(pair);
    made.replace(next.socket);
    made.send('here');
    expect(await receives(next, 1)).toEqual(['here']);
    expect(await close).toEqual([4410, 'resumed_elsewhere']);
    expect([told, pair.received]).toEqual([[], []]);
  });

  test('is not touched by the end of the one before', async () => {
    stopTimeouts();
    const { link: made, told, ...pair } = await link();
    const next = await socketPair();
    made.replace(next.socket);
    pair.client.terminate();
    await once(pair.socket, 'close');
    vi.advanceTimersByTime(LIMITS.graceMs);
    made.send('still here');
    expect(await receives(next, 1)).toEqual(['still here']);
    expect(told).toEqual([]);
  });

  test('ends the grace time', async () => {
    stopTimeouts();
    const { link: made, client, told } = await link();
    client.terminate();
    await once(made, 'detached');
    const next = await socketPair();
    vi.advanceTimersByTime(LIMITS.graceMs - 1);
    made.replace(next.socket);
    vi.advanceTimersByTime(LIMITS.graceMs);
    made.send('in time');
    expect(await receives(next, 1)).toEqual(['in time']);
    expect(told).toEqual(['detached']);
  });
});

describe('closing', () => {
  test('tells the client, and is done when its socket is gone', async () => {
    const { link: made, told, ...pair } = await link();
    let isGone = false;
    pair.socket.once('close', () => {
      isGone = true;
    });
    const close = closeOf(pair);
    made.close('removed');
    made.close('banned');
    made.send('too late');
    await made.closed;
    expect(isGone).toBe(true);
    expect(await close).toEqual([4403, 'removed']);
    expect([told, pair.received]).toEqual([[], []]);
  });

  test('without a socket is done at once', async () => {
    stopTimeouts();
    const { link: made, client, told } = await link();
    client.terminate();
    await once(made, 'detached');
    made.close('removed');
    await made.closed;
    vi.advanceTimersByTime(LIMITS.graceMs);
    expect(told).toEqual(['detached']);
  });
});
