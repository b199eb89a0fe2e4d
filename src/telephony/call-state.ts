/** What events say about a call. The order in which they arrive does not matter, nor how often. */
import { type CallEvent, microseconds, type StoredEvent, textOf } from './call-event.ts';

export type LegState = 'initiated' | 'answered' | 'held' | 'bridged' | 'hangup';

/** One party's way into a call. Times are ISO 8601, as they came. */
export interface Leg {
  id: string;
  /** The last state by `occurred_at`; `hangup` is the end. Null where no event has told one. */
  state: LegState | null;
  callControlId: string | null;
  connectionId: string | null;
  from: string | null;
  to: string | null;
  /** `incoming` or `outgoing`. */
  direction: string | null;
  startedAt: string | null;
  answeredAt: string | null;
  endedAt: string | null;
  hangupCause: string | null;
  hangupSource: string | null;
}

/** A recording that Telnyx has saved; its addresses end after some minutes. */
export interface Recording {
  startedAt: string | null;
  endedAt: string | null;
  urls: unknown;
}

/** A call with its legs. */
export interface Call {
  id: string;
  /** `hangup` when all legs have ended, else the state that a living leg has reached last. */
  state: LegState | null;
  legs: Leg[];
  recordings: Recording[];
}

const stateOfType: ReadonlyMap<string, LegState> = new Map<string, LegState>([
  ['call.initiated', 'initiated'],
  ['call.answered', 'answered'],
  ['call.hold', 'held'],
  ['call.unhold', 'answered'],
  ['call.bridged', 'bridged'],
  ['call.hangup', 'hangup'],
]);

/** The call that these events tell of, which all have its id. */
export function callOf(id: string, events: readonly StoredEvent[]): Call {
  const ordered = inOrder(events);
  const byLeg = Map.groupBy(ordered, ({ legId }) => legId);
  const legs = [...byLeg].flatMap(([legId, ofLeg]) => (legId === null ? [] : [legOf(legId, ofLeg)]));
  const saved = ordered.filter(({ type }) => type === 'call.recording.saved');
  return { id, state: stateOf(legs, ordered), legs, recordings: saved.map(recordingOf) };
}

/** Each event once, by when it occurred; the id decides between those of one moment. */
function inOrder(events: readonly StoredEvent[]): StoredEvent[] {
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  const rank = new Map(once.map((event) => [event, microseconds(event.occurredAt)]));
  return once.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || (a.id < b.id ? -1 : 1));
}

/** @param events of one leg, in order */
function legOf(id: string, events: readonly StoredEvent[]): Leg {
  const first = (type: string) => events.find((event) => event.type === type);
  const known = (name: string) =>
    events.map(({ payload }) => textOf(payload, name)).find((text) => text !== null) ?? null;
  const hangup = first('call.hangup');
  return {
    id,
    state: hangup ? 'hangup' : lastState(events),
    callControlId: known('call_control_id'),
    connectionId: known('connection_id'),
    from: known('from'),
    to: known('to'),
    direction: known('direction'),
    startedAt: known('start_time') ?? first('call.initiated')?.occurredAt ?? null,
    answeredAt: first('call.answered')?.occurredAt ?? null,
    endedAt: hangup?.occurredAt ?? null,
    hangupCause: hangup ? textOf(hangup.payload, 'hangup_cause') : null,
    hangupSource: hangup ? textOf(hangup.payload, 'hangup_source') : null,
  };
}

/** A leg of which only a recording is known says nothing of how the call stands. */
function stateOf(legs: readonly Leg[], ordered: readonly StoredEvent[]): LegState | null {
  const alive = new Set(legs.filter(({ state }) => state && state !== 'hangup').map(({ id }) => id));
  if (alive.size === 0) return legs.some(({ state }) => state === 'hangup') ? 'hangup' : null;
  return lastState(ordered.filter(({ legId }) => legId !== null && alive.has(legId)));
}

function lastState(events: readonly CallEvent[]): LegState | null {
  const last = events.findLast(({ type }) => stateOfType.has(type));
  return (last && stateOfType.get(last.type)) ?? null;
}

function recordingOf({ payload }: CallEvent): Recording {
  return {
    startedAt: textOf(payload, 'recording_started_at'),
    endedAt: textOf(payload, 'recording_ended_at'),
    urls: payload.recording_urls ?? null,
  };
}
