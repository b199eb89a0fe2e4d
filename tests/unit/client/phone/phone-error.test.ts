import { expect, test } from 'vitest';
import { phoneErrorOf } from '../../../../src/client/phone/phone-error.ts';

test.each([
  [42001, 'microphone_denied'],
  [42002, 'microphone_missing'],
  [42003, 'microphone_failed'],
])('%i of the Telnyx SDK is %s, in a sentence', (code, expected) => {
  const cause = { code, message: 'Failed to access microphone', fatal: true };
  const error = phoneErrorOf(cause, true);
  expect(error).toMatchObject({ name: 'PhoneError', code: expected, cause });
  expect(error?.message).toMatch(/^[A-Z].*microphone.*\.$/);
});

test('where the browser has no microphones, the page is not secure', () => {
  const error = phoneErrorOf({ code: 42003, message: 'Failed', fatal: true }, false);
  expect(error).toMatchObject({ code: 'insecure_page', message: expect.stringContaining('https') });
});

test('another failure that ends the call is said as Telnyx says it', () => {
  const error = phoneErrorOf(
    { code: 40004, message: 'Failed to apply remote call settings', fatal: true },
    true,
  );
  expect(error).toMatchObject({ code: 'call_failed', message: 'Failed to apply remote call settings.' });
});

test.each([
  [{ code: 44001, message: 'Failed to hold the call', fatal: false }, 'goes on'],
  [{ code: 44005, message: 'Call was closed during setup', fatal: true }, 'was ended by its user'],
])('%j is none: the call %s', (error) => {
  expect(phoneErrorOf(error, true)).toBeUndefined();
});
