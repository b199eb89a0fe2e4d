import { expect, test } from 'vitest';
import { RoundTrip } from '../../../src/media/round-trip.ts';

function roundTrip(...samples: number[]): RoundTrip {
  const made = new RoundTrip();
  for (const sample of samples) made.add(sample);
  return made;
}

test('nothing is known of a round trip before the first sample', () => {
  expect(roundTrip().ms).toBeUndefined();
  expect(roundTrip(0).ms).toBe(0);
});

test('a sample that load made longer does not count', () => {
  expect(roundTrip(40, 400).ms).toBe(40);
  expect(roundTrip(400, 40).ms).toBe(40);
});

test('a path that became longer is believed after three samples', () => {
  expect(roundTrip(40, 100, 100).ms).toBe(40);
  expect(roundTrip(40, 100, 100, 100).ms).toBe(100);
});

test('it is settled with as many samples as count', () => {
  expect(roundTrip(40, 40).settled).toBe(false);
  expect(roundTrip(40, 40, 40).settled).toBe(true);
});
