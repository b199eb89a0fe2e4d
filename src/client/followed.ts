import type { AnyEvent } from '../protocol/events.ts';
import { GRANT_OF_SOURCE, type Source } from '../protocol/grants.ts';
import { RoomError } from './errors.ts';
import type { LocalPublication } from './publication.ts';

/** What hosts have done to the sources of this peer, the server has done already: its publications only follow. */
export function followEvent(
  publications: Iterable<LocalPublication>,
  { event, data }: AnyEvent,
  ownId: string,
): void {
  for (const publication of [...publications]) {
    const { source } = publication;
    if (event === 'grantsChanged' && !data.grants.includes(GRANT_OF_SOURCE[source])) {
      publication.endedByServer(new RoomError('forbidden'));
    }
    if (!('source' in data) || data.source !== source || data.peerId !== ownId) continue;
    if (event === 'sourceMuted') publication.pausedByServer();
    if (event === 'sourceStopped') publication.endedByServer(new RoomError('source_stopped'));
  }
}

/** The same for mutes of which the event was missed. */
export function followMutes(publications: Iterable<LocalPublication>, muted: readonly Source[]): void {
  for (const publication of publications) {
    if (muted.includes(publication.source)) publication.pausedByServer();
  }
}
