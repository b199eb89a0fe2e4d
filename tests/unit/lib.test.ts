import { describe, expect, test, vi } from 'vitest';
import { Closer } from '../../src/lib/closer.ts';
import { AppError, toAppError } from '../../src/lib/errors.ts';
import { SerialQueue } from '../../src/lib/serial-queue.ts';
import { TokenBucket } from '../../src/lib/token-bucket.ts';

describe('Closer', () => {
  test('closes what arrives after the closing, and throws its code', async () => {
    const closer = new Closer();
    const late = Promise.withResolvers<{ close: (code: string) => void }>();
    const close = vi.fn();
    const adopted = closer.adopt(late.promise);
    closer.close('media_lost');
    late.resolve({ close });
    await expect(adopted).rejects.toMatchObject({ code: 'media_lost' });
    expect(close).toHaveBeenCalledExactlyOnceWith('media_lost');
  });

  test('hands over what arrives in time, and closes once', async () => {
    const closer = new Closer();
    const thing = { close: vi.fn() };
    expect(await closer.adopt(Promise.resolve(thing))).toBe(thing);
    expect([closer.close('left'), closer.close('left')]).toEqual([true, false]);
    expect(thing.close).not.toHaveBeenCalled();
    await expect(closer.wait(Promise.resolve(1))).rejects.toMatchObject({ code: 'left' });
  });

  test('what fails after the closing fails with its code, and what fails before with its own', async () => {
    const closer = new Closer();
    const fault = new Error('a fault');
    await expect(closer.wait(Promise.reject(fault))).rejects.toBe(fault);
    const late = Promise.withResolvers<never>();
    const adopted = closer.adopt<never>(late.promise);
    closer.close('media_lost');
    late.reject(fault);
    await expect(adopted).rejects.toMatchObject({ code: 'media_lost' });
  });
});

describe('SerialQueue', () => {
  test('runs one at a time, in order, also after a failure', async () => {
    const queue = new SerialQueue();
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = queue.run(async () => {
      await gate.promise;
      seen.push('first');
      throw new Error('first fails');
    });
    const second = queue.run(() => seen.push('second'));
    expect(queue.length).toBe(2);
    gate.resolve();
    await expect(first).rejects.toThrow('first fails');
    await second;
    expect(seen).toEqual(['first', 'second']);
    await expect.poll(() => queue.length).toBe(0);
  });
});

describe('TokenBucket', () => {
  test('allows a burst, then its rate', () => {
    const bucket = new TokenBucket({ rate: 10, burst: 3 }, 0);
    expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false]);
    expect(bucket.take(99)).toBe(false);
    expect(bucket.take(200)).toBe(true);
    expect([10_000, 10_000, 10_000, 10_000].map((now) => bucket.take(now))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('AppError', () => {
  test('what is none becomes internal, and keeps its cause', () => {
    const cause = new TypeError('a detail of ours');
    const error = toAppError(cause);
    expect(error.toWire()).toEqual({ code: 'internal', message: 'something went wrong in the server' });
    expect(error.cause).toBe(cause);
    expect(new AppError('forbidden').httpStatus).toBe(403);
  });
});

test.each([
  ['token_missing', undefined, { 'www-authenticate': 'Bearer' }],
  ['rate_limited', undefined, { 'retry-after': '1' }],
  ['rate_limited', 1001, { 'retry-after': '2' }],
  ['too_many_connections', 0.1, { 'retry-after': '1' }],
  ['telnyx_unavailable', 30_000, { 'retry-after': '30' }],
  ['telnyx_unavailable', undefined, {}],
  ['forbidden', undefined, {}],
] as const)('the HTTP headers of %s after %s ms', (code, retryAfterMs, headers) => {
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  expect(new AppError(code, undefined, options).httpHeaders).toEqual({
    'cache-control': 'no-store',
    ...headers,
  });
});
