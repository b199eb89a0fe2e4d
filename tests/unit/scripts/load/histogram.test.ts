import { beforeAll, describe, expect, test } from 'vitest';
import { leastValue, quantile, since, sumOf } from '../../../../scripts/load/histogram.ts';
import { COMPILE_MS, compile, inspect, missingCompiler } from './compiled.ts';

const reason = await missingCompiler();

test('buckets follow each other, and are at most 4 % wide', () => {
  for (let bucket = 1; bucket < 896; bucket++) {
    const [before, value] = [leastValue(bucket - 1), leastValue(bucket)];
    expect(value).toBeGreaterThan(before);
    expect(value - before).toBeLessThanOrEqual(Math.max(1, before * 0.04));
  }
});

describe.skipIf(reason)('the program', () => {
  beforeAll(compile, COMPILE_MS);

  test.each([
    0, 31, 32, 63, 64, 65, 1000, 123_456, 4_000_000_000,
  ])('puts %i where it is looked for', async (value) => {
    const bucket = Number((await inspect('numbers', String(value))).split(' ')[2]);
    expect(leastValue(bucket)).toBeLessThanOrEqual(value);
    expect(leastValue(bucket + 1)).toBeGreaterThan(value);
  });
});

test('quantiles are values that so many do not exceed', () => {
  const histogram = [
    [1, 50],
    [2, 49],
    [30, 1],
  ] as const;
  expect([0.5, 0.51, 0.99, 1].map((share) => quantile(histogram, share))).toEqual([1, 2, 2, 30]);
  expect(quantile([], 0.5)).toBeUndefined();
});

test('sums and differences are of each bucket', () => {
  expect(
    sumOf(
      [[3, 1]],
      [
        [1, 2],
        [3, 4],
      ],
    ),
  ).toEqual([
    [1, 2],
    [3, 5],
  ]);
  expect(
    since(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 5],
        [9, 1],
      ],
    ),
  ).toEqual([
    [3, 1],
    [9, 1],
  ]);
});
