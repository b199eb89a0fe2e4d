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

/** An event on its way to any number of receivers. */
export class OutgoingEvent<E extends EventName = EventName> {
  readonly name: E;
  readonly data: EventData<E>;
  #encoded: EncodedEvent | undefined;

  constructor(name: E, data: EventData<E>) {
    this.name = name;
    this.data = data;
  }

  /** Its JSON, which is made once, when the first receiver wants it. */
  get encoded(): EncodedEvent {
    this.#encoded ??= new EncodedEvent(`"event":"${this.name}","data":${JSON.stringify(this.data)}}`);
    return this.#encoded;
  }
}

/** The JSON of an event. All receivers share it, and it outlives the objects that it was made of. */
export class EncodedEvent {
  /** Its length in UTF-8. */
  readonly bytes: number;
  readonly #body: string;

  constructor(body: string) {
    this.#body = body;
    this.bytes = new TextEncoder().encode(body).length;
  }

  /** The frame for one session, in which the event has the number `seq`. */
  frame(seq: number): string {
    return `{"seq":${seq},${this.#body}`;
  }

  /** The frame of an event that concerns the socket alone, and has no number. */
  unnumberedFrame(): string {
    return `{${this.#body}`;
  }
}
