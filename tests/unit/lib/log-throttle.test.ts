import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LogThrottle } from '../../../src/lib/log-throttle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a flood of lines is cut, and the next line says how many were left out', () => {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const throttle = new LogThrottle(logger);
  const flood = (count: number) => {
    for (let n = 0; n < count; n++) throttle.info({ address: '192.0.2.1' }, 'refused');
  };
  flood(1000);
  expect(lines).toHaveLength(200);
  vi.advanceTimersByTime(2000);
  flood(3);
  expect(lines.slice(200).map(({ skipped }) => skipped)).toEqual([800, undefined]);
  expect(lines.at(-1)).toMatchObject({ address: '192.0.2.1', msg: 'refused' });
});
