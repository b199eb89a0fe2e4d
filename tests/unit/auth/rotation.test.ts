/** Secrets that change while tokens are alive. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTokenVerifier, mintToken } from '../../../src/auth/tokens.ts';

const limits = { maxTtlSeconds: 3600, clockToleranceSeconds: 5 };
const old = { id: 'old', secret: 'the-secret-of-yesterday-0123456789' };
const young = { id: 'young', secret: 'the-secret-of-today-0123456789abcd' };

function mint(secret: { id?: string; secret: string }): string {
  return mintToken({ user_id: 'alice' }, { ...secret, ttlSeconds: 600 }).token;
}

/** A token that is good but for its `kid`: signed with the secret of now, over the header that has it. */
function withKid(kid: unknown): string {
  const [, payload] = mint(young).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid })).toString('base64url');
  const signature = createHmac('sha256', young.secret).update(`${header}.${payload}`).digest('base64url');
  return `${header}.${payload}.${signature}`;
}

describe('a rotation', () => {
  const verifier = createTokenVerifier({ ...young, previous: [old], ...limits });

  test.each([
    ['the secret of now', young],
    ['the one before', old],
    ['the secret of now, without a kid', { secret: young.secret }],
    ['the one before, without a kid', { secret: old.secret }],
  ])('accepts tokens of %s', (_what, secret) => {
    expect(verifier.verify(mint(secret)).userId).toBe('alice');
  });

  test.each([
    ['an unknown kid', { id: 'other', secret: young.secret }],
    ['the kid of another secret', { id: 'old', secret: young.secret }],
    ['another secret', { id: 'young', secret: 'a-secret-that-nobody-has-0123456789' }],
    ['another secret, without a kid', { secret: 'a-secret-that-nobody-has-0123456789' }],
  ])('refuses tokens with %s', (_what, secret) => {
    expect(() => verifier.verify(mint(secret))).toThrow(expect.objectContaining({ code: 'token_signature' }));
  });

  test('ends when the one before is taken out', () => {
    const after = createTokenVerifier({ ...young, ...limits });
    expect(() => after.verify(mint(old))).toThrow(expect.objectContaining({ code: 'token_signature' }));
    expect(after.verify(mint(young)).userId).toBe('alice');
  });

  test('a kid is compared and nothing else: any one that is not ours is refused', () => {
    expect(verifier.verify(withKid('young')).userId).toBe('alice');
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('__proto__', '../../dev/null', "' OR 1=1", 'old', 'Young')),
        (kid) => {
          fc.pre(kid !== 'young');
          expect(() => verifier.verify(withKid(kid))).toThrow(
            expect.objectContaining({ code: 'token_signature' }),
          );
        },
      ),
    );
    for (const kid of [1, null, {}, ['young']]) {
      expect(() => verifier.verify(withKid(kid))).toThrow(
        expect.objectContaining({ code: 'token_malformed' }),
      );
    }
  });
});

test('without ids a kid chooses nothing: backends may have names of their own', () => {
  const verifier = createTokenVerifier({ secret: young.secret, ...limits });
  expect(verifier.verify(mint(young)).userId).toBe('alice');
});
