import type { NetworkLimit, NetworkQuality } from '../protocol/quality.ts';

/** What is known of a member's connection, for both directions. */
export interface ConnectionSigns {
  /** Whether anything can reach the member. */
  readonly isConnected: boolean;
  /** To the server and back, in milliseconds; undefined before it was measured. */
  readonly roundTripMs: number | undefined;
  /**
   * How well the worst of its streams arrives at the server, and how well the worst stream arrives at it: mediasoup's scores, from
   * 0 to 10. Undefined where nothing flows.
   */
  readonly upScore: number | undefined;
  readonly downScore: number | undefined;
  /** Whether the member sends fewer layers of a video than somebody wants. */
  readonly isUplinkShort: boolean;
  /** Why videos for the member give way, if they do. */
  readonly shortage: 'bandwidth' | 'limit' | undefined;
}

export interface Judgement {
  readonly quality: NetworkQuality;
  /** What keeps it from being excellent. */
  readonly limitedBy: NetworkLimit | null;
}

/** Scores of mediasoup: 10 is no loss, 7 some that is repaired, below 5 it is seen and heard. */
const CLEAN_SCORE = 9;
const FAIR_SCORE = 6;
/** ITU-T G.114: up to 150 ms one way nobody notices, beyond 400 ms people talk at once. */
const QUICK_MS = 300;
const SLOW_MS = 800;

/** How good a connection is, and what keeps it from being better. */
export function judge(signs: ConnectionSigns): Judgement {
  const { isConnected, roundTripMs = 0, upScore = 10, downScore = 10, isUplinkShort, shortage } = signs;
  if (!isConnected) return { quality: 'lost', limitedBy: null };
  const worst = Math.min(upScore, downScore);
  if (worst < FAIR_SCORE) return { quality: 'poor', limitedBy: 'loss' };
  if (shortage === 'bandwidth') return { quality: 'poor', limitedBy: 'down' };
  if (roundTripMs > SLOW_MS) return { quality: 'poor', limitedBy: 'loss' };
  if (isUplinkShort) return { quality: 'good', limitedBy: 'up' };
  if (shortage === 'limit') return { quality: 'good', limitedBy: 'server' };
  if (worst < CLEAN_SCORE || roundTripMs > QUICK_MS) return { quality: 'good', limitedBy: 'loss' };
  return { quality: 'excellent', limitedBy: null };
}
