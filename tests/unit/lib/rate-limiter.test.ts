import { expect, test } from 'vitest';
import { RateLimiter } from '../../../src/lib/rate-limiter.ts';

test('allows a burst, then its rate, for each key', () => {
  const limiter = new RateLimiter({ perMinute: 6, burst: 3 });
  const take = (key: string, now: number) => limiter.take(key, { now }) === 0;
  expect([take('a', 0), take('a', 0), take('a', 0), take('a', 0)]).toEqual([true, true, true, false]);
  expect(take('a', 9_000)).toBe(false);
  expect(take('b', 9_000)).toBe(true);
  expect(take('a', 10_000)).toBe(true);
  expect(take('a', 10_000)).toBe(false);
});

test('says how long to wait', () => {
  const limiter = new RateLimiter({ perMinute: 6, burst: 1 });
  limiter.take('a', { now: 0 });
  expect(limiter.take('a', { now: 0 })).toBeCloseTo(10_000);
  expect(limiter.take('a', { now: 4_000 })).toBeCloseTo(6_000);
  expect(limiter.take('a', { now: 10_000 })).toBe(0);
});

test('allows as many at once as in a minute, where nothing else is said', () => {
  const limiter = new RateLimiter({ perMinute: 100 });
  const allowed = Array.from({ length: 200 }, () => limiter.take('a', { now: 0 })).filter(
    (wait) => wait === 0,
  );
  expect(allowed).toHaveLength(100);
});

test('forgets the keys whose bucket is full again', () => {
  const limiter = new RateLimiter({ perMinute: 1, burst: 3 });
  for (let key = 0; key < 1000; key++) limiter.take(`key ${key}`, { now: key });
  limiter.take('key 0', { now: 2000 });
  limiter.take('late', { now: 181_000 });
  expect(limiter.size).toBe(2);
});

test('remembers a bounded number of keys, and forgets the one that was used longest ago', () => {
  const limiter = new RateLimiter({ perMinute: 1, burst: 1, maxKeys: 100 });
  limiter.take('first', { now: 0 });
  for (let key = 0; key < 99; key++) limiter.take(`key ${key}`, { now: 0 });
  expect(limiter.take('first', { now: 0 })).toBeGreaterThan(0);
  for (let key = 100; key < 199; key++) {
    limiter.take(`key ${key}`, { now: 0 });
    expect(limiter.size).toBeLessThanOrEqual(100);
  }
  expect(limiter.take('key 198', { now: 0 })).toBeGreaterThan(0);
  expect(limiter.take('key 0', { now: 0 })).toBe(0);
});
