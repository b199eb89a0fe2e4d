/** How often one user may ask for what makes the server work, or tell others something. */
import type { Identity } from '../auth/claims.ts';
import { AppError } from '../lib/errors.ts';
import { RateLimiter } from '../lib/rate-limiter.ts';

/** What a request costs, by what it makes the server do and send to others. */
export type Cost = keyof CostLimits;

/** Units a minute; all of them may be used at once. */
export interface CostLimits {
  /** Producers and data channels: each is a consumer and an event for everybody in the room. */
  produce: number;
  /** Pauses of own producers: each is told to everybody. */
  pause: number;
  /** Metadata and the hand: coalesced before they are told to everybody. */
  update: number;
  /** Consumers that are paused, resumed or confirmed, counted one by one. */
  consumer: number;
  /** Layers of a consumer: each may ask the publisher for a key frame. */
  layers: number;
  /** ICE restarts, and tries to connect or join. */
  connect: number;
  /** Acts of moderation: each is told to everybody and written to the audit. */
  act: number;
  /** Tokens that take another's place: each is verified and written to the audit. */
  token: number;
  /** Hints that the user begins to speak: each may be told to everybody. */
  hint: number;
  /** Pages of the peers in a room: each is put together and sent. */
  list: number;
  chat: number;
}

/**
 * What each user of each room has left. The sessions of a user share it, and it outlives them: another session, or another way into
 * the room, brings no other amount.
 */
export class Costs {
  readonly #limiters: ReadonlyMap<Cost, RateLimiter>;

  constructor(limits: CostLimits) {
    const entries = Object.entries(limits) as [Cost, number][];
    this.#limiters = new Map(entries.map(([cost, perMinute]) => [cost, new RateLimiter({ perMinute })]));
  }

  /** Takes so many units. Throws `rate_limited` if there are not so many left. */
  take(cost: Cost, { room, userId }: Pick<Identity, 'room' | 'userId'>, units = 1): void {
    const key = `${room}\n${userId}`; // names have no control characters
    const retryAfterMs = this.#limiters.get(cost)?.take(key, { units }) ?? 0;
    if (retryAfterMs === 0) return;
    const message = `too many requests of the kind "${cost}", slow down`;
    throw new AppError('rate_limited', message, { retryAfterMs });
  }
}
