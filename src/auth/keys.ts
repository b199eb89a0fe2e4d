/** The secrets that tokens are signed with: the one of now, and those before it, while tokens of theirs are alive. */
import { createSecretKey, type KeyObject } from 'node:crypto';

export interface Secret {
  /** The `kid` of tokens that were signed with it (RFC 7515 section 4.1.4). */
  readonly id?: string | undefined;
  readonly secret: string;
}

interface Key {
  readonly id: string | undefined;
  readonly key: KeyObject;
}

/** Knows which keys a token may have been signed with. A `kid` is compared, and nothing is looked up with it. */
export class KeyRing {
  readonly #keys: readonly Key[];
  readonly #named: boolean;

  /** @throws TypeError for an empty secret, with which anybody could sign */
  constructor(secrets: readonly Secret[]) {
    this.#keys = secrets.map(({ id, secret }) => ({ id, key: keyOf(secret) }));
    this.#named = this.#keys.some(({ id }) => id !== undefined);
  }

  /** All that a token with this `kid` may be signed with: none for an unknown one, each without one or without names. */
  candidates(kid: string | undefined): KeyObject[] {
    const fitting = this.#keys.filter(({ id }) => kid === undefined || !this.#named || id === kid);
    return fitting.map(({ key }) => key);
  }
}

/** A key object, as jsonwebtoken takes a string that looks like PEM for a public key. */
export function keyOf(secret: string): KeyObject {
  if (secret === '') throw new TypeError('a secret is required');
  return createSecretKey(secret, 'utf8');
}
