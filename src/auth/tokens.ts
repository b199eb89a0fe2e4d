/** Verifies and mints tokens: JWTs (RFC 7519) signed with HS256, and nothing else (RFC 8725). */
import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AppError } from '../lib/errors.ts';
import { type Claims, type Identity, identityOf, type MintedClaims, parseClaims } from './claims.ts';
import { KeyRing, keyOf, type Secret } from './keys.ts';

/** The longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 8192;

export interface TokenVerifierOptions extends Secret {
  /** Secrets from before the last rotation, whose tokens are still good. */
  previous?: readonly Secret[];
  /** The longest life of a token, from `iat` (or from now, where it has none) to `exp`. */
  maxTtlSeconds: number;
  /** How far the clock of the one who minted may be off. */
  clockToleranceSeconds: number;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

export interface TokenVerifier {
  /**
   * Who the bearer of this token is.
   * @param onSigned is told who that is as soon as the signature is known to be good, also where the time is not
   * @throws AppError with a code `token_*`; its message has nothing of the token
   */
  verify(token: string, onSigned?: (identity: Identity) => void): Identity;
}

/** @throws TypeError for an empty secret, with which anybody could sign */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { maxTtlSeconds, clockToleranceSeconds, now = Date.now } = options;
  const keys = new KeyRing([options, ...(options.previous ?? [])]);
  return {
    verify(token, onSigned) {
      if (token === '') throw new AppError('token_missing');
      const { kid } = checkShape(token);
      const claims = parseClaims(verifySignature(token, keys.candidates(kid)));
      const identity = identityOf(claims);
      onSigned?.(identity);
      checkTimes(claims, { nowSeconds: now() / 1000, maxTtlSeconds, clockToleranceSeconds });
      return identity;
    },
  };
}

export interface MintOptions extends Secret {
  /** From now to the token's `exp`. */
  ttlSeconds: number;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

export interface MintedToken {
  token: string;
  /** Seconds since 1970-01-01 UTC. */
  expiresAt: number;
}

/** Makes a token for somebody. Claims that are undefined are left out. */
export function mintToken(subject: MintedClaims, options: MintOptions): MintedToken {
  const issuedAt = Math.floor((options.now ?? Date.now)() / 1000);
  const expiresAt = issuedAt + options.ttlSeconds;
  const given = Object.entries(subject).filter(([, value]) => value !== undefined);
  const claims = { ...Object.fromEntries(given), iat: issuedAt, exp: expiresAt };
  const key = keyOf(options.secret);
  const kid = options.id === undefined ? {} : { keyid: options.id };
  return { token: jwt.sign(claims, key, { algorithm: 'HS256', ...kid }), expiresAt };
}

/** Checks what can be seen without the key: parts, encoding, and a header that asks for HS256 and nothing special. */
function checkShape(token: string): { kid: string | undefined } {
  if (token.length > MAX_TOKEN_LENGTH) throw new AppError('token_malformed', 'the token is too long');
  const parts = token.split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload || signature === undefined)
    throw new AppError('token_malformed');
  if (!parts.every(isBase64url)) throw new AppError('token_malformed', 'the token is not base64url');
  const { kid } = checkHeader(parseJsonObject(header));
  parseJsonObject(payload);
  return { kid };
}

/** `jku`, `x5u`, `jwk` and `x5c` are not looked at: the keys are ours (RFC 8725 section 3.10). */
function checkHeader(header: Record<string, unknown>): { kid: string | undefined } {
  if (header.alg !== 'HS256') throw new AppError('token_algorithm');
  // RFC 7515 section 4.1.11: who does not understand an extension that is critical must refuse. We know none.
  if ('crit' in header) throw new AppError('token_malformed', 'the token has critical extensions');
  // RFC 7797's unencoded payload is such an extension, and must be named in `crit`.
  if ('b64' in header) throw new AppError('token_malformed', 'the token has critical extensions');
  // RFC 8725 section 3.11: a token of another kind says so in `typ`.
  const { typ } = header;
  if (typ !== undefined && (typeof typ !== 'string' || !/^(application\/)?jwt$/i.test(typ))) {
    throw new AppError('token_malformed', 'this is a token of another kind');
  }
  const { kid } = header;
  if (kid !== undefined && typeof kid !== 'string') throw new AppError('token_malformed', 'kid is no string');
  return { kid };
}

/** Whether this is base64url in its one canonical form: no padding, no stray characters or bits (RFC 4648 section 3.5). */
function isBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function parseJsonObject(part: string): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // What the parser says would quote the token.
  }
  throw new AppError('token_malformed');
}

function verifySignature(token: string, keys: readonly KeyObject[]): unknown {
  for (const key of keys) {
    try {
      // The times are checked by us, as their codes differ and jsonwebtoken lets a token without `exp` live forever.
      return jwt.verify(token, key, { algorithms: ['HS256'], ignoreExpiration: true, ignoreNotBefore: true });
    } catch {
      // Perhaps it was signed with the next one.
    }
  }
  throw new AppError('token_signature');
}

interface Clock {
  nowSeconds: number;
  maxTtlSeconds: number;
  clockToleranceSeconds: number;
}

function checkTimes({ exp, iat, nbf }: Claims, clock: Clock): void {
  const { nowSeconds: now, maxTtlSeconds, clockToleranceSeconds: tolerance } = clock;
  if (now >= exp + tolerance) throw new AppError('token_expired');
  if (nbf !== undefined && nbf > now + tolerance) throw new AppError('token_not_active');
  if (iat !== undefined && iat > now + tolerance) {
    throw new AppError('token_not_active', 'the token was issued in the future');
  }
  const tooLong = exp - now > maxTtlSeconds + tolerance || (iat !== undefined && exp - iat > maxTtlSeconds);
  if (tooLong) throw new AppError('token_lifetime', `the token lives longer than ${maxTtlSeconds} seconds`);
}
