/** The frames of `aq.v1`: JSON text, one object each (PROTOCOL.md, rules F). */
import { z } from 'zod';
import type { WireError } from './codes.ts';
import type { EventData, EventName } from './events.ts';

/** The id of a request: the client's choice, answered as it was given. */
const RequestId = z.int().nonnegative();

export const RequestFrame = z.strictObject({
  id: RequestId,
  method: z.string().max(64),
  params: z.record(z.string(), z.unknown()).default({}),
});
export type RequestFrame = z.infer<typeof RequestFrame>;

/** An answer; its id is null where the message had none that could be read. */
export type AnswerFrame = { id: number; result: unknown } | { id: number | null; error: WireError };
export type EventFrame = { seq?: number } & { [E in EventName]: { event: E; data: EventData<E> } }[EventName];
export type ServerFrame = AnswerFrame | EventFrame;

/** An event and its data as JSON, serialised once for all receivers; `numberEvent` makes a frame of it. */
export type EncodedEvent = string & { readonly encoded: unique symbol };

export function encodeEvent<E extends EventName>(event: E, data: EventData<E>): EncodedEvent {
  return `"event":"${event}","data":${JSON.stringify(data)}}` as EncodedEvent;
}

/** The frame of an event that speaks of the socket alone, and has no number. */
export function socketEvent(event: EncodedEvent): string {
  return `{${event}`;
}

/** The frame of an event for one session, whose number of it is `seq`. */
export function numberEvent(seq: number, event: EncodedEvent): string {
  return `{"seq":${seq},${event}`;
}
