import { isIPv6 } from 'node:net';
import { AppError } from '../lib/errors.ts';
import { TokenBucket } from '../lib/token-bucket.ts';

export interface AdmissionLimits {
  /** Sockets that one address may open in a minute. */
  connectionsPerMinute: number;
  /** Sockets of one user that may wait to join. */
  maxWaitingPerUser: number;
  /** Sockets on this node that may wait to join. */
  maxWaiting: number;
}

/** How many addresses are remembered at most; the oldest are forgotten first. */
const MAX_ADDRESSES = 100_000;

/** Counts who comes and who waits to join, and refuses what is too much. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #arrivals = new Map<string, TokenBucket>();
  readonly #waitingByUser = new Map<string, number>();
  #waiting = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Counts an arrival from an address. Throws `too_many_connections`. */
  arrive(address: string): void {
    const source = networkOf(address);
    const bucket = this.#arrivals.get(source) ?? this.#bucket();
    this.#arrivals.delete(source); // to put it last: the order of the map is the order of arrival
    this.#arrivals.set(source, bucket);
    if (this.#arrivals.size > MAX_ADDRESSES) this.#forgetOldest();
    if (!bucket.take()) throw new AppError('too_many_connections');
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

  #bucket(): TokenBucket {
    const burst = this.#limits.connectionsPerMinute;
    return new TokenBucket({ rate: burst / 60, burst });
  }

  #forgetOldest(): void {
    for (const address of this.#arrivals.keys()) {
      this.#arrivals.delete(address);
      return;
    }
  }
}

/** One customer has an IPv6 network of 64 bits at least (RFC 6177), and every address in it. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':');
  const zeros = Array(Math.max(0, 8 - groups.length - tail.split(':').length)).fill('0');
  return [...groups, ...zeros, ...tail.split(':')].slice(0, 4).join(':');
}
