import type { KeyFrames } from './key-frames.ts';

/** What the timing of an early key frame depends on; all in milliseconds. */
export interface Timing {
  /** Round trip to the subscriber's browser. */
  subscriberRtt: number;
  /** Round trip to the publisher's browser. */
  publisherRtt: number;
  /** Since the server saw the subscriber's ICE connected. */
  sinceIce: number;
  /** Since the server told the subscriber of the consumer. */
  sinceTold: number;
}

/** Below this the request that a connected transport makes by itself is as fast, and an early one could be lost. */
export const MIN_PUBLISHER_RTT_MS = 60;
/** From the last message that a browser needs until its SDP is applied: 50 to 70 ms were seen for one peer on two slow cores. */
export const SDP_MS = 80;
/** What the key frame should be late rather than early: late costs these milliseconds, early may cost a second. */
export const MARGIN_MS = 25;

/**
 * When to ask the publisher for a key frame, so that it reaches the server when the subscriber's transport is
 * connected (DTLS 1.2: two round trips after ICE, RFC 6347 section 4.2.4) and its word that it is ready has come
 * (one round trip after it was told). Undefined where asking early is of no use.
 */
export function earlyKeyFrameDelay(timing: Timing): number | undefined {
  if (timing.publisherRtt < MIN_PUBLISHER_RTT_MS) return undefined;
  const untilConnected = 2 * timing.subscriberRtt - timing.sinceIce;
  const untilReady = timing.subscriberRtt + SDP_MS - timing.sinceTold;
  const delay = Math.max(untilConnected, untilReady) - timing.publisherRtt + MARGIN_MS;
  return Math.max(0, delay);
}

/** A video producer that a subscriber was told of. */
export interface Awaited {
  readonly keyFrames: Pick<KeyFrames, 'requested'>;
  publisherRtt(): number | undefined;
  /** Asks the publisher for a key frame at once. */
  request(): void;
}

/**
 * Asks for key frames for a subscriber whose transport is still connecting, or who has still to open a consumer, so
 * that the first picture does not wait for a request to travel to the publisher after that.
 */
export class EarlyKeyFrames {
  readonly #subscriberRtt: () => number | undefined;
  readonly #awaited = new Map<Awaited, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #iceConnectedAt: number | undefined;
  #closed = false;

  /** @param iceConnectedAt when the subscriber's ICE came up, by `performance.now()`, if it is */
  constructor(subscriberRtt: () => number | undefined, iceConnectedAt?: number) {
    this.#subscriberRtt = subscriberRtt;
    this.#iceConnectedAt = iceConnectedAt;
  }

  /** The subscriber's ICE is up: from here on the time of the first packet can be told. */
  iceConnected(at = performance.now()): void {
    if (this.#iceConnectedAt !== undefined) return;
    this.#iceConnectedAt = at;
    for (const [awaited, toldAt] of this.#awaited) this.#schedule(awaited, toldAt);
    this.#awaited.clear();
  }

  /** The subscriber was told of a producer. */
  told(awaited: Awaited): void {
    if (this.#closed) return;
    const now = performance.now();
    if (this.#iceConnectedAt === undefined) this.#awaited.set(awaited, now);
    else this.#schedule(awaited, now);
  }

  /** It is closed: a subscriber whose ICE never comes up would remember it for good. */
  forget(awaited: Awaited): void {
    this.#awaited.delete(awaited);
  }

  close(): void {
    this.#closed = true;
    this.#awaited.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #schedule(awaited: Awaited, toldAt: number): void {
    const subscriberRtt = this.#subscriberRtt();
    const publisherRtt = awaited.publisherRtt();
    if (subscriberRtt === undefined || publisherRtt === undefined || this.#iceConnectedAt === undefined)
      return;
    const now = performance.now();
    const sinceIce = now - this.#iceConnectedAt;
    const delay = earlyKeyFrameDelay({ subscriberRtt, publisherRtt, sinceIce, sinceTold: now - toldAt });
    if (delay === undefined) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!awaited.keyFrames.requested) awaited.request();
    }, delay);
    this.#timers.add(timer);
  }
}
