import { expect, test } from 'vitest';
import { CallTally } from '../../../src/telephony/call-tally.ts';

test('errors count for five minutes', () => {
  let now = 0;
  const tally = new CallTally(() => now);
  tally.error();
  tally.error();
  now = 299_000;
  tally.error();
  expect(tally.recentErrors).toBe(3);
  now = 300_000;
  expect(tally.recentErrors).toBe(1);
  now = 600_000;
  expect(tally.recentErrors).toBe(0);
});
