/** How often one session may ask for what makes the server work for it, or tell others something. */
import { TokenBucket } from '../lib/token-bucket.ts';

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
  chat: number;
  /** Hints that the user begins to speak: each may be told to everybody. */
  hint: number;
}

/** What one session has left of each. */
export class Costs {
  readonly #limits: CostLimits;
  readonly #buckets = new Map<Cost, TokenBucket>();

  constructor(limits: CostLimits) {
    this.#limits = limits;
  }

  /** Takes so many units; false if there are not so many left. */
  take(cost: Cost, units = 1): boolean {
    const bucket = this.#buckets.get(cost) ?? this.#open(cost);
    return bucket.take(performance.now(), units);
  }

  #open(cost: Cost): TokenBucket {
    const perMinute = this.#limits[cost];
    const bucket = new TokenBucket({ rate: perMinute / 60, burst: perMinute });
    this.#buckets.set(cost, bucket);
    return bucket;
  }
}
