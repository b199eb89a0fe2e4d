/** What events say about a call. The order in which they arrive does not matter, nor how often. */
import { type CallEvent, microseconds, type StoredEvent, textOf } from './call-event.ts';
import { partiesOf } from './call-filter.ts';

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

/** When an event occurred: microseconds since 1970-01-01 UTC, and its id, which decides between events of one moment. */
type Moment = readonly [microseconds: number, eventId: string];

/** A text that an event has told. */
interface Told<T extends string> {
  readonly value: T;
  readonly at: Moment;
}

/** The texts of a leg that the first event counts for which has one. */
type LegText =
  | 'callControlId'
  | 'connectionId'
  | 'from'
  | 'to'
  | 'direction'
  | 'startTime'
  | 'initiatedAt'
  | 'answeredAt'
  | 'endedAt'
  | 'hangupCause'
  | 'hangupSource';

/** What the events of one leg have told so far. It is JSON, so that it can be stored. */
export interface LegRecord {
  /** When the first event occurred. */
  readonly began: Moment;
  readonly first: Readonly<Partial<Record<LegText, Told<string>>>>;
  readonly state?: Told<LegState>;
  /** Whom the events concern, as `partiesOf` writes it. */
  readonly parties: readonly string[];
}

/** A recording, and where it stands among the events of its call. */
export interface RecordingRecord {
  readonly at: Moment;
  readonly recording: Recording;
}

const stateOfType: ReadonlyMap<string, LegState> = new Map<string, LegState>([
  ['call.initiated', 'initiated'],
  ['call.answered', 'answered'],
  ['call.hold', 'held'],
  ['call.unhold', 'answered'],
  ['call.bridged', 'bridged'],
  ['call.hangup', 'hangup'],
]);

/** What is known of a leg with one more event of it. */
export function addToLeg(known: LegRecord | undefined, event: StoredEvent): LegRecord {
  const at = momentOf(event);
  const first = { ...known?.first };
  for (const [name, value] of textsOf(event)) {
    const before = first[name];
    if (value !== null && (!before || isEarlier(at, before.at))) first[name] = { value, at };
  }
  const state = stateOfType.get(event.type);
  const isLatest = state !== undefined && (!known?.state || isEarlier(known.state.at, at));
  return {
    began: known && isEarlier(known.began, at) ? known.began : at,
    first,
    ...(isLatest ? { state: { value: state, at } } : known?.state && { state: known.state }),
    parties: [...new Set([...(known?.parties ?? []), ...partiesOf(event)])],
  };
}

/** What an event says of a recording; undefined for other events. */
export function recordingOf(event: StoredEvent): RecordingRecord | undefined {
  if (event.type !== 'call.recording.saved') return undefined;
  const { payload } = event;
  const recording = {
    startedAt: textOf(payload, 'recording_started_at'),
    endedAt: textOf(payload, 'recording_ended_at'),
    urls: payload.recording_urls ?? null,
  };
  return { at: momentOf(event), recording };
}

/** A call of these legs and recordings. */
export function callOf(
  id: string,
  legs: ReadonlyMap<string, LegRecord>,
  recordings: readonly RecordingRecord[],
): Call {
  const ordered = [...legs].sort(([, one], [, other]) => compare(one.began, other.began));
  return {
    id,
    state: stateOf([...legs.values()]),
    legs: ordered.map(([legId, record]) => legOf(legId, record)),
    recordings: recordings.toSorted((one, other) => compare(one.at, other.at)).map((each) => each.recording),
  };
}

function textsOf({ type, occurredAt, payload }: CallEvent): (readonly [LegText, string | null])[] {
  const always = [
    ['callControlId', textOf(payload, 'call_control_id')],
    ['connectionId', textOf(payload, 'connection_id')],
    ['from', textOf(payload, 'from')],
    ['to', textOf(payload, 'to')],
    ['direction', textOf(payload, 'direction')],
    ['startTime', textOf(payload, 'start_time')],
  ] as const;
  if (type === 'call.initiated') return [...always, ['initiatedAt', occurredAt]];
  if (type === 'call.answered') return [...always, ['answeredAt', occurredAt]];
  if (type !== 'call.hangup') return [...always];
  return [
    ...always,
    ['endedAt', occurredAt],
    ['hangupCause', textOf(payload, 'hangup_cause')],
    ['hangupSource', textOf(payload, 'hangup_source')],
  ];
}

function legOf(id: string, record: LegRecord): Leg {
  const text = (name: LegText) => record.first[name]?.value ?? null;
  return {
    id,
    state: stateOfLeg(record),
    callControlId: text('callControlId'),
    connectionId: text('connectionId'),
    from: text('from'),
    to: text('to'),
    direction: text('direction'),
    startedAt: text('startTime') ?? text('initiatedAt'),
    answeredAt: text('answeredAt'),
    endedAt: text('endedAt'),
    hangupCause: text('hangupCause'),
    hangupSource: text('hangupSource'),
  };
}

function stateOfLeg({ first, state }: LegRecord): LegState | null {
  return first.endedAt ? 'hangup' : (state?.value ?? null);
}

/** A leg of which only a recording is known says nothing of how the call stands. */
function stateOf(legs: readonly LegRecord[]): LegState | null {
  const told = legs.flatMap((leg) =>
    leg.state ? [{ ...leg.state, ended: leg.first.endedAt !== undefined }] : [],
  );
  const alive = told.filter(({ ended }) => !ended).sort((one, other) => compare(one.at, other.at));
  return alive.at(-1)?.value ?? (told.length > 0 ? 'hangup' : null);
}

function momentOf({ id, occurredAt }: CallEvent): Moment {
  return [microseconds(occurredAt) || 0, id];
}

function isEarlier(one: Moment, other: Moment): boolean {
  return compare(one, other) < 0;
}

function compare([time, id]: Moment, [otherTime, otherId]: Moment): number {
  return time - otherTime || (id === otherId ? 0 : id < otherId ? -1 : 1);
}
