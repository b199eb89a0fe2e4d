import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TokenLife } from '../../../src/auth/token-life.ts';

const told: string[] = [];
let life: TokenLife;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  told.length = 0;
  life = new TokenLife({
    toleranceMs: 5000,
    onExpiring: (expiresAt) => told.push(`expiring ${expiresAt}`),
    onExpired: () => told.push('expired'),
  });
});
afterEach(() => {
  life.stop();
  vi.useRealTimers();
});

test('tells a minute before the end, and ends it after the tolerance', () => {
  life.renew(600);
  vi.advanceTimersByTime(539_999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['expiring 600000']);
  vi.advanceTimersByTime(64_999);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['expiring 600000', 'expired']);
});

test('tells at once where less than a minute is left', () => {
  life.renew(30);
  vi.advanceTimersByTime(0);
  expect(told).toEqual(['expiring 30000']);
});

test('a younger token puts both off, and the same one is not told of twice', () => {
  life.renew(30);
  vi.advanceTimersByTime(1000);
  life.renew(30);
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(['expiring 30000']);
  life.renew(600);
  vi.advanceTimersByTime(500_000);
  expect(told).toEqual(['expiring 30000']);
  vi.advanceTimersByTime(100_000);
  expect(told).toEqual(['expiring 30000', 'expiring 600000']);
});

test('lives longer than a timer of Node can wait, and survives a clock that is set back', () => {
  const year = 366 * 86_400;
  life.renew(year);
  vi.advanceTimersByTime((year - 61) * 1000);
  expect(told).toEqual([]);
  vi.setSystemTime((year - 3600) * 1000);
  vi.advanceTimersByTime(2000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(3_606_000);
  expect(told).toEqual([`expiring ${year * 1000}`, 'expired']);
});

test('leaves no timer when it is stopped', () => {
  life.renew(600);
  life.stop();
  expect(vi.getTimerCount()).toBe(0);
});
