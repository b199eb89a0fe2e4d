import { networkOf } from '../auth/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { RateLimiter } from '../lib/rate-limiter.ts';

export interface AdmissionLimits {
  /** Sockets that one address may open in a minute, and one user from whatever addresses. */
  connectionsPerMinute: number;
  /** Sockets of one user that may wait to join. */
  maxWaitingPerUser: number;
  /** Sockets on this node that may wait to join. */
  maxWaiting: number;
}

/** Counts who comes and who waits to join, and refuses what is too much. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #arrivals: RateLimiter;
  readonly #arrivalsOfUsers: RateLimiter;
  readonly #waitingByUser = new Map<string, number>();
  #waiting = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#arrivals = new RateLimiter({ perMinute: limits.connectionsPerMinute });
    this.#arrivalsOfUsers = new RateLimiter({ perMinute: limits.connectionsPerMinute });
  }

  /** Counts an arrival from an address. Throws `too_many_connections`. */
  arrive(address: string): void {
    count(this.#arrivals, networkOf(address));
  }

  /** Counts an arrival of a user. Throws `too_many_connections`. */
  arriveAs(userId: string): void {
    count(this.#arrivalsOfUsers, userId);
  }

  /** Takes a place to wait in. The function that comes back gives it free, once. Throws `too_many_waiting`. */
  wait(userId: string): () => void {
    const ofUser = this.#waitingByUser.get(userId) ?? 0;
    if (ofUser >= this.#limits.maxWaitingPerUser || this.#waiting >= this.#limits.maxWaiting) {
      throw new AppError('too_many_waiting');
    }
    this.#waiting++;
    this.#waitingByUser.set(userId, ofUser + 1);
    let waits = true;
    return () => {
      if (!waits) return;
      waits = false;
      this.#waiting--;
      const left = (this.#waitingByUser.get(userId) ?? 1) - 1;
      if (left > 0) this.#waitingByUser.set(userId, left);
      else this.#waitingByUser.delete(userId);
    };
  }
}

function count(limiter: RateLimiter, key: string): void {
  const retryAfterMs = limiter.take(key);
  if (retryAfterMs > 0) throw new AppError('too_many_connections', undefined, { retryAfterMs });
}
