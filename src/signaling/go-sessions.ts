import type { Identity } from '../auth/claims.ts';
import { FINGERPRINT_ALGORITHMS, type FingerprintAlgorithm } from '../rooms/offered-member.ts';
import type { GoSession } from './go-session.ts';

/** For how many users the last fingerprint is remembered. */
const MAX_REMEMBERED = 10_000;

/** The sessions of the Go server's clients, with those that wait for their client to come back. */
export class GoSessions {
  readonly #all = new Set<GoSession>();
  /** Of the last session of each user in each room, the oldest first. */
  readonly #fingerprints = new Map<string, FingerprintAlgorithm>();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<GoSession> {
    return new Set(this.#all).values();
  }

  /** Keeps a session until it has ended. */
  add(session: GoSession): void {
    this.#all.add(session);
    void session.closed.then(() => this.#all.delete(session));
  }

  /**
   * The session that a client comes back to: the one of its user in its room that lost its socket last. Never one that still has
   * a socket, which may be another page of the same user.
   */
  findDetached({ userId, room }: Identity): GoSession | undefined {
    return [...this.#all]
      .filter(({ identity }) => identity.userId === userId && identity.room === room)
      .filter(({ detachedAt }) => detachedAt !== undefined)
      .toSorted((a, b) => (b.detachedAt ?? 0) - (a.detachedAt ?? 0))[0];
  }

  /** The fingerprint for a new session of a user: another one than the last session of that user had. */
  nextFingerprint({ userId, room }: Identity): FingerprintAlgorithm {
    const key = JSON.stringify([room, userId]);
    const last = this.#fingerprints.get(key);
    const at = last === undefined ? 0 : FINGERPRINT_ALGORITHMS.indexOf(last) + 1;
    const next = FINGERPRINT_ALGORITHMS[at % FINGERPRINT_ALGORITHMS.length] ?? 'sha-256';
    this.#fingerprints.delete(key);
    this.#fingerprints.set(key, next);
    const [oldest = key] = this.#fingerprints.keys();
    if (this.#fingerprints.size > MAX_REMEMBERED) this.#fingerprints.delete(oldest);
    return next;
  }
}
