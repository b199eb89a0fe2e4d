import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KEY, PASSWORD, SHARED_SECRET, weaknessOf } from '../../../src/auth/weak-secrets.ts';

let drawn = 0;

/** Bytes without any pattern, which are the same in each run. */
function randomBytes(count: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(count / 32) }, () =>
    createHash('sha256').update(String(drawn++)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, count);
}

/** RFC 9562 section 5.4. */
function randomUuid(): string {
  const hex = randomBytes(16).toString('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

/** Characters of an alphabet, each chosen by a random byte. */
function pick(alphabet: string, count: number): string {
  return [...randomBytes(count)].map((byte) => alphabet[byte % alphabet.length]).join('');
}
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const LETTERS_AND_DIGITS = `${LOWER}${LOWER.toUpperCase()}0123456789`;

describe('a key', () => {
  test.each([
    [' '.repeat(42), 'blank'],
    ['\t'.repeat(42), 'blank'],
    ['tt55oo77', 'everybody knows'],
    [' ChangeMe ', 'everybody knows'],
    ['x9'.repeat(15), 'at least 32 bytes'],
    ['a'.repeat(38), 'easy to guess'],
    ['abc'.repeat(14), 'easy to guess'],
    ['a1b2'.repeat(10), 'easy to guess'],
    ['aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb', 'easy to guess'],
    ['deadbeefdeadbeefdeadbeefdeadbeef', 'easy to guess'],
    ['00000000-0000-0000-0000-000000000000', 'easy to guess'],
    ['1234567890123456789012345678901234567890', 'easy to guess'],
    ['abcdefghijklmnopqrstuvwxyz0123456789', 'easy to guess'],
    ['zyxwvutsrqponmlkjihgfedcba9876543210', 'easy to guess'],
    ['qwertyuiopasdfghjklzxcvbnm1234567890', 'easy to guess'],
    ['password123password123password123', 'easy to guess'],
    ['secret-secret-secret-secret-secret!!', 'easy to guess'],
    ['changeme-in-production-please-1234567', 'easy to guess'],
    ['your-256-bit-secret-your-256-bit-secret', 'easy to guess'],
    ['this is my very secret key for jwt tokens', 'easy to guess'],
    ['ThisIsASecretKeyForTheProductionServer1', 'easy to guess'],
    ['correct horse battery staple gravity monkey', 'easy to guess'],
    ['lorem ipsum dolor sit amet consectetur adipiscing', 'easy to guess'],
  ])('%j is weak: %s', (secret, reason) => {
    const weakness = weaknessOf(secret, KEY);
    expect(weakness).toContain(reason);
    expect(weakness).toContain('openssl rand -hex 32');
    expect(weakness).not.toContain(secret);
  });

  test.each([
    ['openssl rand -hex 32', () => randomBytes(32).toString('hex')],
    ['openssl rand -hex 16', () => randomBytes(16).toString('hex')],
    ['openssl rand -base64 32', () => randomBytes(32).toString('base64')],
    ['openssl rand -base64 24', () => randomBytes(24).toString('base64')],
    ['a UUID', randomUuid],
    ['32 letters and digits', () => pick(LETTERS_AND_DIGITS, 32)],
    ['32 digits', () => pick('0123456789', 32)],
    ['64 small letters', () => pick(LOWER, 64)],
    ['ten words of diceware', () => 'stapler unwind gizmo pasta vowel crabmeat reptile skinny outpost cinch'],
  ])('%s is strong, each time', (_name, make) => {
    for (let n = 0; n < 300; n++) {
      const secret = make();
      expect([secret, weaknessOf(secret, KEY)]).toEqual([secret, undefined]);
    }
  });
});

test.each([
  'a',
  'x'.repeat(20),
  'aaaabbbbccccdddd',
  'changeme-changeme',
  'my-turn-secret-1',
  'password password',
])('a shared secret %j is weak', (secret) => {
  expect(weaknessOf(secret, SHARED_SECRET)).toBeDefined();
});

test.each([
  'x',
  'password',
  '12345678',
  'aaaaaaaaaaaa',
  'qwertyui',
  'changeme',
])('a password %j is weak', (secret) => {
  expect(weaknessOf(secret, PASSWORD)).toBeDefined();
});

test('what other services give away is strong', () => {
  for (let n = 0; n < 300; n++) {
    expect(
      weaknessOf(`KEY${pick('0123456789ABCDEF', 32)}_${pick(LETTERS_AND_DIGITS, 22)}`, SHARED_SECRET),
    ).toBeUndefined();
    expect(weaknessOf(pick(LETTERS_AND_DIGITS, 24), SHARED_SECRET)).toBeUndefined();
    expect(weaknessOf(pick(LETTERS_AND_DIGITS, 14), PASSWORD)).toBeUndefined();
  }
});

test('a secret of any length is looked at in no time', () => {
  expect(weaknessOf('ab'.repeat(1_000_000), KEY)).toContain('easy to guess');
});
