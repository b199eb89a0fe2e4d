import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import type { RequestFrame } from '../../../src/protocol/frames.ts';
import { type Asker, Requests } from '../../../src/signaling/requests.ts';

/** A socket of the session. */
class FakeAsker implements Asker {
  closed = false;
  readonly frames: unknown[] = [];

  send(frame: string): void {
    this.frames.push(JSON.parse(frame));
  }
}

type Handle = (request: RequestFrame) => Promise<unknown>;

let asker: FakeAsker;
/** The ids that were worked on, in their order. */
let handled: number[];
/** The ids that were answered, as it is told. */
let answered: number[];
let log: Record<string, unknown>[];

beforeEach(() => {
  asker = new FakeAsker();
  [handled, answered, log] = [[], [], []];
});

function requestsWith(handle: Handle = async ({ method }) => ({ of: method })): Requests {
  const logger = pino({ base: null }, { write: (line: string) => void log.push(JSON.parse(line)) });
  let repeated = 0;
  return new Requests({
    handle: (request) => {
      handled.push(request.id);
      return handle(request);
    },
    isRepeatable: (method) => method === 'repeatable',
    repeat: ({ id }) => {
      if (repeated === 2) throw new AppError('rate_limited');
      return { id, repeated: ++repeated };
    },
    onAnswered: ({ id }, _outcome, ms) => {
      expect(ms).toBeGreaterThanOrEqual(0);
      answered.push(id);
    },
    logger,
  });
}

const request = (id: number, method = 'ping'): RequestFrame => ({ id, method, params: {} });

/** Resolves when all that was taken by now has been worked on. */
async function done(requests: Requests): Promise<void> {
  while (requests.length > 0) await new Promise(setImmediate);
}

describe('an answer', () => {
  test('is what was returned, with the id of the request', async () => {
    const requests = requestsWith();
    requests.take(request(3, 'chat'), asker);
    await done(requests);
    expect(asker.frames).toEqual([{ id: 3, result: { of: 'chat' } }]);
    expect(answered).toEqual([3]);
  });

  test('is empty where nothing was returned', async () => {
    const requests = requestsWith(async () => undefined);
    requests.take(request(0), asker);
    await done(requests);
    expect(asker.frames).toEqual([{ id: 0, result: {} }]);
  });

  test('is the error that was thrown, which is no matter for the log', async () => {
    const requests = requestsWith(async () => {
      throw new AppError('forbidden', 'no');
    });
    requests.take(request(1), asker);
    await done(requests);
    expect(asker.frames).toEqual([{ id: 1, error: { code: 'forbidden', message: 'no' } }]);
    expect(log).toEqual([]);
    expect(answered).toEqual([1]);
  });

  test('says nothing of a bug, which is in the log', async () => {
    const requests = requestsWith(async () => {
      throw new TypeError('a secret of ours');
    });
    requests.take(request(1, 'chat'), asker);
    await done(requests);
    expect(asker.frames).toMatchObject([{ id: 1, error: { code: 'internal' } }]);
    expect(JSON.stringify(asker.frames)).not.toContain('secret');
    expect(log).toMatchObject([
      { level: 50, msg: 'request failed', method: 'chat', err: { message: 'a secret of ours' } },
    ]);
  });
});

describe('the order', () => {
  test('is that of their coming, one at a time, also after one that failed', async () => {
    const [first, second] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
    const requests = requestsWith(({ id }) => (id === 1 ? first : second).promise);
    requests.take(request(1), asker);
    requests.take(request(2), asker);
    expect(requests.length).toBe(2);
    second.resolve({});
    await new Promise(setImmediate);
    expect(handled).toEqual([1]);
    first.reject(new AppError('not_found'));
    await done(requests);
    expect(handled).toEqual([1, 2]);
    expect(asker.frames).toMatchObject([{ id: 1, error: {} }, { id: 2 }]);
  });

  test('leaves out what comes from a socket that is gone when its turn comes', async () => {
    const first = Promise.withResolvers<unknown>();
    const requests = requestsWith(({ id }) => (id === 1 ? first.promise : Promise.resolve()));
    const next = new FakeAsker();
    requests.take(request(1), asker);
    requests.take(request(2), asker);
    requests.take(request(2), next);
    await new Promise(setImmediate);
    asker.closed = true;
    first.resolve({ late: true });
    await done(requests);
    expect(handled).toEqual([1, 2]);
    expect(next.frames).toEqual([{ id: 2, result: {} }]);
    expect(answered).toEqual([1, 2]);
  });
});

describe('a request that comes again', () => {
  /** Asks once more over another socket, and resolves to what that gets. */
  async function again(requests: Requests, ...ids: number[]): Promise<unknown[]> {
    const next = new FakeAsker();
    for (const id of ids) requests.take(request(id), next);
    await done(requests);
    return next.frames;
  }

  test('is answered as it was, and not done again', async () => {
    const requests = requestsWith(async ({ id }) => {
      if (id === 2) throw new AppError('not_found', 'no');
      return { at: handled.length };
    });
    for (const id of [1, 2, 3]) requests.take(request(id), asker);
    await done(requests);
    expect(await again(requests, 1, 2, 3)).toEqual(asker.frames);
    expect(handled).toEqual([1, 2, 3]);
  });

  test('while it is worked on is answered to both', async () => {
    const work = Promise.withResolvers<unknown>();
    const requests = requestsWith(() => work.promise);
    requests.take(request(1), asker);
    const both = again(requests, 1);
    work.resolve({ once: true });
    expect(await both).toEqual([{ id: 1, result: { once: true } }]);
    expect(asker.frames).toEqual([{ id: 1, result: { once: true } }]);
    expect(handled).toEqual([1]);
  });

  test('is refused where it was answered too long ago', async () => {
    const requests = requestsWith();
    for (let id = 0; id <= 256; id++) requests.take(request(id), asker);
    await done(requests);
    expect(await again(requests, 0, 1)).toMatchObject([
      { id: 0, error: { code: 'id_taken' } },
      { id: 1, result: {} },
    ]);
  });

  test('is refused where its answer was too large to be kept with others', async () => {
    const requests = requestsWith(async ({ id }) => ({ text: id === 1 ? 'é'.repeat(32_760) : 'x' }));
    for (const id of [1, 2, 3]) requests.take(request(id), asker);
    await done(requests);
    expect(await again(requests, 1, 2, 3)).toMatchObject([
      { id: 1, error: { code: 'id_taken' } },
      { id: 2, result: { text: 'x' } },
      { id: 3, result: { text: 'x' } },
    ]);
  });

  test('is refused where its id was jumped over', async () => {
    const requests = requestsWith();
    requests.take(request(5), asker);
    await done(requests);
    expect(await again(requests, 4)).toMatchObject([{ id: 4, error: { code: 'id_taken' } }]);
    expect(handled).toEqual([5]);
  });

  test('is answered as things are now where that is what it asks', async () => {
    const requests = requestsWith();
    requests.take(request(1, 'repeatable'), asker);
    await done(requests);
    expect(asker.frames).toEqual([{ id: 1, result: { of: 'repeatable' } }]);
    expect(await again(requests, 1, 1)).toEqual([
      { id: 1, result: { id: 1, repeated: 1 } },
      { id: 1, result: { id: 1, repeated: 2 } },
    ]);
    expect(handled).toEqual([1]);
  });

  test('is answered as it was refused, though its answer would be another now', async () => {
    const requests = requestsWith(async () => {
      throw new AppError('room_full');
    });
    requests.take(request(1, 'repeatable'), asker);
    await done(requests);
    expect(await again(requests, 1)).toEqual(asker.frames);
  });

  test('is refused where answering it anew is refused', async () => {
    const requests = requestsWith();
    for (const id of [1, 2]) requests.take(request(id, 'repeatable'), asker);
    await done(requests);
    expect(await again(requests, 1, 2, 1)).toMatchObject([
      { id: 1, result: { repeated: 1 } },
      { id: 2, result: { repeated: 2 } },
      { id: 1, error: { code: 'rate_limited' } },
    ]);
  });

  test('is refused where so many others of its kind came since', async () => {
    const requests = requestsWith();
    for (let id = 0; id <= 256; id++) requests.take(request(id, 'repeatable'), asker);
    await done(requests);
    expect(await again(requests, 0, 1)).toMatchObject([
      { id: 0, error: { code: 'id_taken' } },
      { id: 1, result: { repeated: 1 } },
    ]);
  });
});
