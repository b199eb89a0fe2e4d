/** An event of a call, as Telnyx's webhooks of API version 2 have it. */
import { z } from 'zod';

/** An event that was not stored yet. */
export interface CallEvent {
  id: string;
  /** Telnyx's name, as `call.initiated`. */
  type: string;
  /** ISO 8601, as it came. */
  occurredAt: string;
  payload: Readonly<Record<string, unknown>>;
}

/** An event with its place among all events of the account, and whom it concerns. */
export interface StoredEvent extends CallEvent {
  /** Rising; numbers may be left out. */
  seq: number;
  /** The session of the call, which its legs have in common; null where the event has none. */
  callId: string | null;
  legId: string | null;
  connectionId: string | null;
  /** Those of the call, where the event itself has none. */
  from: string | null;
  to: string | null;
}

/** What agents are told, by Telnyx's names. */
const names: ReadonlyMap<string, string> = new Map([
  ['call.initiated', 'call-initiated'],
  ['call.answered', 'call-answered'],
  ['call.hangup', 'call-hangup'],
  ['call.dtmf.received', 'dtmf-received'],
  ['call.recording.saved', 'call-recording-saved'],
  ['call.speak.started', 'call-speak-started'],
  ['call.speak.ended', 'call-speak-ended'],
]);

const Text = z.string().min(1).max(256);
const Body = z.object({
  data: z.object({
    id: Text,
    event_type: Text,
    occurred_at: z.string().refine((time) => !Number.isNaN(microseconds(time)), 'is no ISO 8601 time'),
    payload: z.record(z.string(), z.unknown()).default({}),
  }),
});

/** The name under which agents are told of an event of this type. */
export function nameOf(type: string): string {
  return names.get(type) ?? 'call-event';
}

/** The event in a webhook's body, or what is wrong with it, in a sentence that has nothing of the body's values. */
export function parseCallEvent(body: unknown): CallEvent | string {
  const parsed = Body.safeParse(body);
  if (!parsed.success) {
    if (isVersionOne(body)) {
      return 'a webhook of API version 1: set webhook_api_version to "2" on the connection or application in Telnyx';
    }
    const issue = parsed.error.issues[0];
    return `${issue?.path.join('.') || 'the body'}: ${issue?.message}`;
  }
  const { id, event_type, occurred_at, payload } = parsed.data.data;
  return { id, type: event_type, occurredAt: occurred_at, payload };
}

/** The frame that tells agents of an event, in UTF-8. */
export function encodeCallEvent({ seq, id, type, occurredAt, payload }: StoredEvent): Buffer {
  const data = { id, event_type: type, occurred_at: occurredAt, payload };
  return Buffer.from(JSON.stringify({ event: nameOf(type), seq, data }));
}

/** A text of an event's payload; null where it has none of this name. */
export function textOf(payload: CallEvent['payload'], name: string): string | null {
  const value = payload[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Microseconds since 1970-01-01 UTC, which a `Date` has not; NaN for what is no ISO 8601 time with a zone. */
export function microseconds(time: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (!match) return Number.NaN;
  const [, whole = '', fraction = '', zone = ''] = match;
  return Date.parse(whole + zone) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function isVersionOne(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !('data' in body) && 'event_type' in body;
}
