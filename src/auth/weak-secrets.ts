import { estimateBits } from './guessing.ts';

/** The requirements on one kind of secret. */
export interface SecretRule {
  readonly minBytes: number;
  /** As estimated by `estimateBits`, which is below the entropy of a random secret. */
  readonly minBits: number;
}

/**
 * For secrets that tokens are signed with, and tokens that stand in for one. RFC 8725 section 3.5 and RFC 7518 section 3.2: a
 * key for HS256 has at least the 256 bits of its hash.
 */
export const KEY: SecretRule = { minBytes: 32, minBits: 80 };
/** For secrets shared by two servers, and API keys issued by another service. */
export const SHARED_SECRET: SecretRule = { minBytes: 16, minBits: 40 };
/** For passwords of another service, which may limit their length. */
export const PASSWORD: SecretRule = { minBytes: 8, minBits: 18 };

const REMEDY = 'take a random one, as from "openssl rand -hex 32"';

/** Secrets that everybody knows: from the documentation and examples of this field, and from lists of common passwords. */
const knownSecrets: ReadonlySet<string> = new Set([
  // The Go server that this one replaces had this one in its source.
  'tt55oo77',
  'secret',
  'secretkey',
  'secret-key',
  'secret_key',
  'mysecret',
  'my-secret',
  'my-secret-key',
  'my_secret_key',
  'supersecret',
  'super-secret',
  'super-secret-key',
  'topsecret',
  'jwtsecret',
  'jwt-secret',
  'jwt_secret',
  'jwt-secret-key',
  'jwt_secret_key',
  'changeme',
  'change-me',
  'change_me',
  'changeit',
  'changethis',
  'change-this',
  'replace-me',
  'default',
  'password',
  'passw0rd',
  'admin',
  'test',
  'development',
  'example',
  'keyboard cat',
  'shhhhh',
  'devkey',
  'api-secret',
  'your-secret',
  'your-secret-key',
  'your_secret_key',
  'your-jwt-secret',
  'your_jwt_secret',
  'your-jwt-secret-key',
  'your-256-bit-secret',
  'your-384-bit-secret',
  'your-512-bit-secret',
  'a-string-secret-at-least-256-bits-long',
  'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long',
  'your-super-secret-jwt-token-with-at-least-32-characters-long',
  'super-secret-jwt-token-with-at-least-32-characters-long',
  'this-is-a-secret-key-that-is-at-least-32-characters',
  'your-super-secret-jwt-key-change-in-production',
  'your-super-secret-jwt-key-change-this-in-production',
  'your-secret-key-change-in-production',
  'your-secret-key-change-this-in-production',
  'change-this-to-a-secure-random-string',
  'change-me-to-a-long-random-string',
  '12345678901234567890123456789012',
  '01234567890123456789012345678901',
  '0123456789abcdef0123456789abcdef',
  'abcdefghijklmnopqrstuvwxyz123456',
]);

/** Why a secret is weak, as the rest of a sentence that begins with its name; undefined if it is strong. Never quotes it. */
export function weaknessOf(secret: string, { minBytes, minBits }: SecretRule): string | undefined {
  if (secret.trim() === '') return `is blank: ${REMEDY}`;
  if (knownSecrets.has(secret.trim().toLowerCase())) return `is one that everybody knows: ${REMEDY}`;
  if (Buffer.byteLength(secret) < minBytes) return `must have at least ${minBytes} bytes: ${REMEDY}`;
  if (estimateBits(secret) < minBits) {
    return `is easy to guess, as it repeats itself or consists of words and sequences: ${REMEDY}`;
  }
  return undefined;
}
