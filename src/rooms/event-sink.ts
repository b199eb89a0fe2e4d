import type { OutgoingEvent } from '../protocol/frames.ts';

/** The session of one peer, as the peer sees it: where its events go. */
export interface EventSink {
  tell(event: OutgoingEvent): void;
  /** The number of the last event. */
  readonly lastSeq: number;
  /** Notes that the peer has reached a limit, by the name of its variable. */
  noteLimit(limit: string): void;
}
