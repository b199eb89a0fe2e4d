import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import { parseRetryAfter, TelnyxUnavailable, withRetries } from '../../../src/telephony/retry.ts';

const QUICK = { attempts: 4, pauseMs: 1, maxPauseMs: 50 };

/** A task that fails with these errors, one after the other, and then succeeds. */
function failing(...errors: Error[]) {
  const began: number[] = [];
  const task = async () => {
    began.push(performance.now());
    const error = errors[began.length - 1];
    if (error) throw error;
    return 'done';
  };
  return { task, began };
}

const unavailable = (retryAfterMs?: number) =>
  new TelnyxUnavailable('down', retryAfterMs === undefined ? {} : { retryAfterMs });

describe('withRetries', () => {
  test('runs again after what may pass', async () => {
    const { task, began } = failing(unavailable(), unavailable(), unavailable());
    expect(await withRetries(task, QUICK)).toBe('done');
    expect(began).toHaveLength(4);
  });

  test('gives up with the last failure', async () => {
    const { task, began } = failing(...[1, 2, 3].map(() => unavailable()), new TelnyxUnavailable('the last'));
    await expect(withRetries(task, QUICK)).rejects.toThrow('the last');
    expect(began).toHaveLength(4);
  });

  test.each([
    new AppError('telnyx_key_refused'),
    new AppError('telnyx_unavailable'),
    new TypeError('a bug'),
  ])('runs once for %s', async (error) => {
    const { task, began } = failing(error);
    await expect(withRetries(task, QUICK)).rejects.toBe(error);
    expect(began).toHaveLength(1);
  });

  test('waits as long as Telnyx asks', async () => {
    const { task, began } = failing(unavailable(40));
    await withRetries(task, QUICK);
    expect((began[1] ?? 0) - (began[0] ?? 0)).toBeGreaterThanOrEqual(39);
  });

  test('does not wait for a Telnyx that asks for more than somebody waits', async () => {
    const { task, began } = failing(unavailable(51));
    await expect(withRetries(task, QUICK)).rejects.toMatchObject({ retryAfterMs: 51 });
    expect(began).toHaveLength(1);
  });

  test('the pauses grow up to the longest', async () => {
    const { task, began } = failing(...[1, 2, 3, 4].map(() => unavailable()));
    await withRetries(task, { attempts: 5, pauseMs: 8, maxPauseMs: 16 });
    const pauses = began.slice(1).map((time, index) => time - (began[index] ?? 0));
    // A quarter may be left off, and a timer may be a millisecond early.
    expect(pauses.map((pause, index) => pause >= (index === 0 ? 5 : 11))).not.toContain(false);
  });

  test('an abort ends the waiting with its reason', async () => {
    const closing = new AbortController();
    const { task } = failing(unavailable());
    const outcome = withRetries(task, {
      attempts: 2,
      pauseMs: 60_000,
      maxPauseMs: 60_000,
      signal: closing.signal,
    });
    closing.abort(new AppError('server_closing'));
    await expect(outcome).rejects.toMatchObject({ code: 'server_closing' });
  });
});

test.each([
  ['7', 7000],
  ['0.5', 500],
  ['0', 0],
  [' 3 ', 3000],
  ['Sat, 21 Nov 2026 00:00:10 GMT', 10_000],
  ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s is %s ms', (value, ms) => {
  expect(parseRetryAfter(new Headers({ 'retry-after': value }), Date.UTC(2026, 10, 21))).toBe(ms);
});

test('no Retry-After is none', () => expect(parseRetryAfter(new Headers())).toBeUndefined());
