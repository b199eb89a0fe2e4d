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

/** An event on its way to any number of receivers. Its JSON is made once, when the first receiver wants it. */
export class OutgoingEvent<E extends EventName = EventName> {
  readonly name: E;
  readonly data: EventData<E>;
  #json: string | undefined;

  constructor(name: E, data: EventData<E>) {
    this.name = name;
    this.data = data;
  }

  /** The frame for one session, in which the event has the number `seq`. */
  frame(seq: number): string {
    return `{"seq":${seq},${this.#body()}`;
  }

  /** The frame of an event that concerns the socket alone, and has no number. */
  unnumberedFrame(): string {
    return `{${this.#body()}`;
  }

  #body(): string {
    this.#json ??= `"event":"${this.name}","data":${JSON.stringify(this.data)}}`;
    return this.#json;
  }
}
