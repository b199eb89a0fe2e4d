/** Which events of calls an agent gets. */
import type { StoredEvent } from './call-event.ts';

/** The claim `calls` of a token. An event that one of the lists has is told; absent lists have nothing. */
export interface CallFilter {
  readonly connections?: readonly string[] | undefined;
  /** As Telnyx writes them: E.164, or a SIP address. */
  readonly numbers?: readonly string[] | undefined;
}

/** Whether somebody with this filter is told of an event; without a filter of every one. */
export function concerns(
  { connectionId, from, to }: Pick<StoredEvent, 'connectionId' | 'from' | 'to'>,
  filter: CallFilter | undefined,
): boolean {
  if (!filter) return true;
  const { connections = [], numbers = [] } = filter;
  if (connectionId !== null && connections.includes(connectionId)) return true;
  return (from !== null && numbers.includes(from)) || (to !== null && numbers.includes(to));
}

/**
 * The events of a call that somebody with this filter may read: those of each leg that an event of concern tells of,
 * so that it does not matter in which order they were delivered, and which of them name the numbers.
 */
export function ofConcern(events: readonly StoredEvent[], filter: CallFilter | undefined): StoredEvent[] {
  const wanted = events.filter((event) => concerns(event, filter));
  const legs = new Set(wanted.map(({ legId }) => legId));
  return events.filter((event) => (event.legId === null ? wanted.includes(event) : legs.has(event.legId)));
}
