import { expect, test } from 'vitest';
import { FreshLimit } from '../../../src/telephony/fresh-limit.ts';

const refused = expect.objectContaining({ code: 'rate_limited' });

test('lets three pass at once and one in each minute, for each agent', () => {
  const limit = new FreshLimit();
  for (let count = 0; count < 3; count++) limit.take('alice', 0);
  expect(() => limit.take('alice', 0)).toThrow(refused);
  expect(() => limit.take('alice', 59_000)).toThrow(refused);
  limit.take('bob', 59_000);
  limit.take('alice', 60_000);
  expect(() => limit.take('alice', 60_000)).toThrow(refused);
});

test('forgets those who may ask for all again', () => {
  const limit = new FreshLimit();
  for (let agent = 0; agent < 1000; agent++) limit.take(`agent ${agent}`, agent);
  limit.take('agent 0', 2000);
  limit.take('late', 181_000);
  expect(limit.size).toBe(2);
});
