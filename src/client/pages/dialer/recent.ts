/** The calls of the last day, as the page lists them. */
import type { WireCall, WireLeg } from './server.ts';

export interface RecentCall {
  id: string;
  /** The other end. */
  number: string;
  direction: 'in' | 'out';
  /** `going` while it has not ended; `missed` is a call that came in and was not answered. */
  outcome: 'going' | 'answered' | 'missed' | 'unanswered';
  /** Milliseconds since 1970-01-01 UTC; NaN where no event has told it. */
  startedAt: number;
  /** How long it was answered, in milliseconds; 0 where it was not, or goes on. */
  duration: number;
  /** Telnyx's word for how it ended. */
  cause: string;
}

/**
 * @param calls of the server, the newest first
 * @param ownNumbers those that one calls from: the other party of a call is at the other end
 */
export function recentCalls(calls: readonly WireCall[], ownNumbers: readonly string[]): RecentCall[] {
  const own = new Set(ownNumbers);
  return calls.flatMap((call) => {
    const leg = call.legs.find(({ from, to }) => from !== null || to !== null);
    return leg ? [recentCall(call, leg, own)] : [];
  });
}

function recentCall({ id, state, legs }: WireCall, leg: WireLeg, own: ReadonlySet<string>): RecentCall {
  const direction = directionOf(leg, own);
  const answered = legs.find(({ answered_at }) => answered_at !== null);
  const unanswered = direction === 'in' ? 'missed' : 'unanswered';
  return {
    id,
    number: (direction === 'in' ? leg.from : leg.to) ?? '',
    direction,
    outcome: state !== 'hangup' ? 'going' : answered ? 'answered' : unanswered,
    startedAt: Date.parse(leg.started_at ?? ''),
    duration: answered ? lengthOf(answered) : 0,
    cause: leg.hangup_cause ?? '',
  };
}

/** By our own numbers where they tell: what Telnyx calls incoming may be what a softphone sends to it. */
function directionOf({ from, to, direction }: WireLeg, own: ReadonlySet<string>): 'in' | 'out' {
  if (from !== null && own.has(from)) return 'out';
  if (to !== null && own.has(to)) return 'in';
  return direction === 'outgoing' ? 'out' : 'in';
}

function lengthOf({ answered_at, ended_at }: WireLeg): number {
  const length = Date.parse(ended_at ?? '') - Date.parse(answered_at ?? '');
  return Number.isNaN(length) ? 0 : Math.max(0, length);
}
