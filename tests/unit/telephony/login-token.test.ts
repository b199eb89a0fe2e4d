import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import { readLoginToken } from '../../../src/telephony/login-token.ts';

const NOW = Date.UTC(2026, 10, 21);
const HOUR = 3_600_000;

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS512', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}

/** A token that lives this long from now, issued this long ago. */
function living(ms: number, sinceMs = 0): string {
  return jwt({ iat: (NOW - sinceMs) / 1000, exp: (NOW + ms) / 1000 });
}

describe('takes the token', () => {
  const token = living(24 * HOUR);
  test.each([
    ['bare', token],
    ['with a line end', `${token}\n`],
    ['as a JSON string', JSON.stringify(token)],
    ['under data', JSON.stringify({ data: token })],
    ['under data.token', JSON.stringify({ data: { token } })],
    ['under token', JSON.stringify({ token })],
  ])('%s', (_, answer) => expect(readLoginToken(answer, NOW).token).toBe(token));
});

describe('is due', () => {
  test.each([
    ['23 hours after its issue, where it lives long', 28 * 24, 0, 23],
    ['an hour before its end, where that is first', 12, 0, 11],
    ['at both for the usual day', 24, 0, 23],
    ['by its issue and not by its coming', 24, 2, 21],
    ['at half of its life, where an hour before its end is over', 0.5, 0, 0.25],
  ])('%s', (_, lives, since, due) => {
    const token = readLoginToken(living(lives * HOUR, since * HOUR), NOW);
    expect(token.expiresAt).toBe(NOW + lives * HOUR);
    expect(token.refreshAt).toBe(NOW + due * HOUR);
  });

  test('by its coming, where it does not say when it was issued', () => {
    expect(readLoginToken(jwt({ exp: (NOW + 48 * HOUR) / 1000 }), NOW).refreshAt).toBe(NOW + 23 * HOUR);
  });

  test('always between now and its end', () => {
    const seconds = fc.integer({ min: 1, max: 10_000_000 });
    fc.assert(
      fc.property(seconds, seconds, (lives, since) => {
        const { refreshAt, expiresAt } = readLoginToken(living(lives * 1000, since * 1000), NOW);
        expect(refreshAt).toBeGreaterThan(NOW);
        expect(refreshAt).toBeLessThan(expiresAt);
      }),
    );
  });
});

describe('refuses', () => {
  test.each([
    ['nothing', ''],
    ['a page', '<h1>hello</h1>'],
    ['two parts', 'eyJh.eyJh'],
    ['four parts', `${living(HOUR)}.x`],
    ['no exp', jwt({ iat: NOW / 1000 })],
    ['an exp that is no number', jwt({ exp: '1893456000' })],
    ['a token that has ended', living(-HOUR, 2 * HOUR)],
    ['other JSON', '{"data":{"id":7}}'],
  ])('%s, and quotes nothing of it', (_, answer) => {
    const error = thrownBy(() => readLoginToken(answer, NOW));
    expect(error).toMatchObject({ code: 'telnyx_unavailable' });
    if (answer !== '') expect(error?.message).not.toContain(answer);
  });

  test('anything else, with the same code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (answer) => {
        expect(thrownBy(() => readLoginToken(answer, NOW))).toBeInstanceOf(AppError);
      }),
    );
  });
});

function thrownBy(act: () => unknown): AppError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
