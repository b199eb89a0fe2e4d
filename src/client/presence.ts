import type { AnyEvent } from '../protocol/events.ts';
import { GRANT_OF_SOURCE } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { RoomInfo } from '../protocol/model.ts';
import { RoomError } from './errors.ts';
import type { LocalPublication } from './publication.ts';

/**
 * What this peer shows to the others: its sources, what it says of itself, its hand. It outlives sessions. What hosts do
 * to it, the server has done already: here it is only followed.
 */
export class Presence {
  readonly publications = new Set<LocalPublication>();
  metadata: Metadata | undefined;
  handRaised = false;

  /** The microphone that the room can hear. */
  microphone(): MediaStreamTrack | undefined {
    for (const { source, paused, closed, track } of this.publications) {
      if (source === 'mic' && !paused && !closed) return track;
    }
    return undefined;
  }

  /** An event of the server, if it is about this. */
  apply({ event, data }: AnyEvent, ownId: string): void {
    if (event === 'handsLowered' && data.peerIds.includes(ownId)) this.handRaised = false;
    for (const publication of [...this.publications]) {
      if (event === 'producerLayersChanged') publication.wanted(data.producerId, data.active);
      const { source } = publication;
      if (event === 'grantsChanged' && !data.grants.includes(GRANT_OF_SOURCE[source])) {
        publication.endedByServer(new RoomError('forbidden'));
      }
      if (!('source' in data) || data.source !== source || data.peerId !== ownId) continue;
      if (event === 'sourceMuted') publication.pausedByServer();
      if (event === 'sourceStopped') publication.endedByServer(new RoomError('source_stopped'));
    }
  }

  /** The room as it was found at a moment: who was muted then stays so. */
  reset({ mutedSources }: RoomInfo): void {
    for (const publication of this.publications) {
      if (mutedSources.includes(publication.source)) publication.pausedByServer();
    }
  }

  /** Follows acts of hosts where the events that told of them are gone. Returns whether they have lowered the hand. */
  followMissed({ published, handRaised }: RoomInfo): boolean {
    for (const publication of [...this.publications]) publication.found(published);
    const lowered = this.handRaised && !handRaised;
    if (lowered) this.handRaised = false;
    return lowered;
  }

  /** The session is over; another may come. */
  detach(): void {
    for (const publication of this.publications) publication.detach();
  }

  /** There will be no other session. */
  close(): void {
    this.detach();
    for (const publication of [...this.publications]) publication.close();
  }
}
