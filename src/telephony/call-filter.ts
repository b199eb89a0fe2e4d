/** Which events of calls an agent gets. */
import type { StoredEvent } from './call-event.ts';

/** The claim `calls` of a token. An event that one of the lists has is told; absent lists have nothing. */
export interface CallFilter {
  readonly connections?: readonly string[] | undefined;
  /** As Telnyx writes them: E.164, or a SIP address. */
  readonly numbers?: readonly string[] | undefined;
}

/** Whom something concerns. */
type Concerned = Pick<StoredEvent, 'connectionId' | 'from' | 'to'>;

/** Whether somebody with this filter is told of an event; without a filter of every one. */
export function concerns({ connectionId, from, to }: Concerned, filter: CallFilter | undefined): boolean {
  if (!filter) return true;
  const { connections = [], numbers = [] } = filter;
  if (connectionId !== null && connections.includes(connectionId)) return true;
  return (from !== null && numbers.includes(from)) || (to !== null && numbers.includes(to));
}

/** Whom an event concerns, as texts that can be stored and searched. */
export function partiesOf({ connectionId, from, to }: Concerned): string[] {
  const numbers = [from, to].filter((number) => number !== null);
  return [...(connectionId === null ? [] : [connectionParty(connectionId)]), ...numbers.map(numberParty)];
}

/** The texts of `partiesOf` that somebody with this filter may read of. */
export function partiesFor({ connections = [], numbers = [] }: CallFilter): ReadonlySet<string> {
  return new Set([...connections.map(connectionParty), ...numbers.map(numberParty)]);
}

function connectionParty(id: string): string {
  return `connection ${id}`;
}

function numberParty(number: string): string {
  return `number ${number}`;
}
