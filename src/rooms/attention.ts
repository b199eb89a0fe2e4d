import type { Member, Receiver } from './member.ts';
import type { MediaPublication, Publication } from './publication.ts';

/** What one member should receive of what there is. */
export interface Attention {
  readonly publications: readonly Publication[];
  /** Whether `maxConsumers` left something out. */
  readonly isLimited: boolean;
}

/**
 * What a member should receive of these publications: all that `mayReceive` allows. Where that is more media than it may
 * receive, the places are shared out between the users who publish, so that nobody uses them up by publishing much.
 */
export function attention(
  member: Member,
  receiver: Receiver,
  publications: readonly Publication[],
): Attention {
  const allowed = publications.filter((publication) => mayReceive(member, receiver, publication));
  const media = allowed.filter(isMedia);
  if (media.length <= receiver.maxConsumers) return { publications: allowed, isLimited: false };
  const data = allowed.filter((publication) => !isMedia(publication));
  return { publications: [...shareOut(media, receiver.maxConsumers), ...data], isLimited: true };
}

/** Whether the member's grants and its client's codecs allow it to receive what another member publishes. */
export function mayReceive(member: Member, receiver: Receiver, publication: Publication): boolean {
  if (publication.peerId === member.id) return false;
  if (publication.kind === 'data') return member.may('data');
  return member.may('subscribe') && receiver.canReceive(publication);
}

function isMedia(publication: Publication): publication is MediaPublication {
  return publication.kind !== 'data';
}

/** The first publication of each user, then the second of each, and so on, up to the limit. */
function shareOut(publications: readonly MediaPublication[], limit: number): MediaPublication[] {
  const perUser = Map.groupBy(publications, ({ userId }) => userId);
  const rounds = Math.max(...[...perUser.values()].map(({ length }) => length));
  const shared: MediaPublication[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const ofUser of perUser.values()) {
      const publication = ofUser[round];
      if (publication) shared.push(publication);
      if (shared.length >= limit) return shared;
    }
  }
  return shared;
}
