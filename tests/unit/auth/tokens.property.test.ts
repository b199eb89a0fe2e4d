/** Whatever comes as a token: it verifies only if it was minted, and is refused with an AppError. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenVerifier, mintToken } from '../../../src/auth/tokens.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const secret = 'a secret of these tests, with 32 bytes or more';
const verifier = createTokenVerifier({ secret, maxTtlSeconds: 3600, clockToleranceSeconds: 5 });
const good = mintToken(
  { user_id: 'alice', room: 'r', user_type: 'viewer' },
  { secret, ttlSeconds: 600 },
).token;

/** A token with this payload, whatever it is. */
function signed(payload: unknown): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'HS256' })}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Passes if the text is refused with a token_* code whose message has nothing of the text. */
function expectRefusal(text: string): void {
  let caught: unknown;
  try {
    verifier.verify(text);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(AppError);
  if (!(caught instanceof AppError)) return;
  expect(caught.code).toMatch(/^token_/);
  for (const part of text.split('.')) {
    if (part.length > 12) expect(caught.message).not.toContain(part);
  }
}

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.json().map((json) => Buffer.from(json).toString('base64url')),
  fc.constantFrom(...good.split('.'), ''),
);

test('any string is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => expectRefusal(text)),
    { numRuns: propertyRuns(1000) },
  );
});

test('any parts with dots between are refused', () => {
  const texts = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(texts, (text) => {
      fc.pre(text !== good);
      expectRefusal(text);
    }),
    { numRuns: propertyRuns(1000) },
  );
});

test('a good token with anything changed is refused', () => {
  const character = fc.string({ unit: 'grapheme-ascii', minLength: 0, maxLength: 2 });
  fc.assert(
    fc.property(fc.nat({ max: good.length }), fc.nat({ max: 3 }), character, (at, cut, insert) => {
      const text = good.slice(0, at) + insert + good.slice(at + cut);
      fc.pre(text !== good);
      expectRefusal(text);
    }),
    { numRuns: propertyRuns(1000) },
  );
});

test('any claims, well signed, verify or are refused', () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = fc.record(
    {
      user_id: fc.oneof(fc.string({ minLength: 1 }), fc.jsonValue()),
      exp: fc.oneof(fc.integer({ min: now - 10, max: now + 4000 }), fc.jsonValue()),
      room: fc.jsonValue(),
      user_type: fc.oneof(fc.constantFrom('host', 'viewer'), fc.jsonValue()),
      grants: fc.oneof(fc.array(fc.constantFrom('chat', 'moderate', 'fly')), fc.jsonValue()),
      iat: fc.oneof(fc.integer({ min: now - 10, max: now + 10 }), fc.jsonValue()),
    },
    { requiredKeys: ['user_id', 'exp'] },
  );
  let verified = 0;
  fc.assert(
    fc.property(claims, (payload) => {
      const forged = signed(payload);
      try {
        const identity = verifier.verify(forged);
        expect(identity.userId.length).toBeGreaterThan(0);
        expect(typeof identity.room).toBe('string');
        verified++;
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { numRuns: propertyRuns(500) },
  );
  expect(verified).toBeGreaterThan(0);
});
