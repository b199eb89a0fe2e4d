import { expect, test } from 'vitest';
import { renewDelay } from '../../../../src/client/phone/login.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const token = (refresh_at: string) => ({ login_token: 't', expires_at: '2026-01-02T00:00:00Z', refresh_at });

test('a token is renewed when it says so', () => {
  expect(renewDelay(token('2026-01-01T23:00:00Z'), NOW)).toBe(23 * 3_600_000);
});

test('a token that is late is renewed soon, and not in a loop without a pause', () => {
  expect(renewDelay(token('2025-12-31T00:00:00Z'), NOW)).toBe(1000);
});

test('a token of months, or without a time, does not overflow the timer', () => {
  expect(renewDelay(token('2026-06-01T00:00:00Z'), NOW)).toBe(2 ** 31 - 1);
  expect(renewDelay(token('soon'), NOW)).toBe(2 ** 31 - 1);
});
