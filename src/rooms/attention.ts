import type { ConsumerLayers } from 'mediasoup/types';
import type { Tier } from '../media/video-layers.ts';
import type { Candidate, Levels, Rank } from './allocation.ts';
import { type Delivery, type ReceivingLimit, type Shortage, WHOLE } from './delivery.ts';
import type { Demand } from './demand.ts';
import type { Member, Receiver } from './member.ts';
import type { MediaPublication, Publication } from './publication.ts';

/** What one member should receive of what there is. */
export interface Attention {
  readonly publications: readonly Publication[];
  readonly limits: ReadonlySet<ReceivingLimit>;
}

/** A video that a member shows, or may show. */
export interface Wish extends Candidate<MediaPublication> {
  readonly isHidden: boolean;
  /** The layers that fill what shows it. */
  readonly best: ConsumerLayers;
}

/** The worker takes what is too high for the highest. */
const ALL_TEMPORAL_LAYERS = 7;
/** A tile with so many times the area of the average one is large. */
const LARGE = 1.5;
/** How much of a line mediasoup gives to each rank before the next. */
const PRIORITIES = { sharp: 16, preferred: 4, other: 1 } as const satisfies Record<Rank, number>;

/**
 * What a member should receive of these publications: all that `mayReceive` allows and its client wants. Where that is more
 * media than it may receive, the places are shared out between the users who publish, so that nobody uses them up by
 * publishing much; videos that its client shows come first.
 */
export function attention(
  member: Member,
  receiver: Receiver,
  publications: readonly Publication[],
): Attention {
  const allowed = publications.filter((publication) => mayReceive(member, receiver, publication));
  const limits = new Set<ReceivingLimit>();
  const media = allowed.filter(isMedia);
  const videos = media.filter(({ kind }) => kind === 'video');
  let chosen = media;
  if (videos.length > receiver.maxVideos) {
    limits.add('MAX_VIDEO_CONSUMERS_PER_PEER');
    const shown = new Set(shareOut(visibleFirst(receiver, videos), receiver.maxVideos));
    chosen = media.filter((publication) => publication.kind === 'audio' || shown.has(publication));
  }
  if (chosen.length > receiver.maxConsumers) {
    limits.add('MAX_CONSUMERS_PER_PEER');
    chosen = shareOut(chosen, receiver.maxConsumers);
  }
  if (limits.size === 0) return { publications: allowed, limits };
  return { publications: [...chosen, ...allowed.filter((publication) => !isMedia(publication))], limits };
}

/** Whether the member's grants, its client's wishes and its codecs let it receive what another member publishes. */
export function mayReceive(member: Member, receiver: Receiver, publication: Publication): boolean {
  if (publication.peerId === member.id) return false;
  if (publication.kind === 'data') return member.may('data');
  return member.may('subscribe') && receiver.demand.wants(publication) && receiver.canReceive(publication);
}

/** Each video with the layers that fill what shows it, and how much it matters. */
export function wishesOf(
  { demand }: Receiver,
  publications: readonly Publication[],
  activePeerId: string | null,
): Wish[] {
  const videos = publications.filter(isMedia).filter(({ kind }) => kind === 'video');
  const areas = videos.flatMap((video) => {
    const view = demand.viewOf(video);
    return view?.visible ? [view.width * view.height] : [];
  });
  const large = (LARGE * areas.reduce((sum, area) => sum + area, 0)) / areas.length;
  return videos.map((video) => {
    const view = demand.viewOf(video);
    const isLarge = view?.visible === true && view.width * view.height > large;
    const isPreferred = isLarge || video.peerId === activePeerId;
    const isSharp = video.source === 'screen' || view?.pinned === true;
    return {
      key: video,
      rank: isSharp ? 'sharp' : isPreferred ? 'preferred' : 'other',
      ...layersFor(demand, video),
      isHidden: view?.visible === false,
    };
  });
}

/**
 * How much of a video its receiver should get.
 * @param levels of the receiver's line, where it is short
 */
export function deliveryOf(
  { rank, tiers, isHidden, key, best }: Wish,
  short: { levels: Levels<MediaPublication>; shortage: Shortage } | undefined,
): Delivery {
  if (isHidden) return { ...WHOLE, paused: 'hidden' };
  const level = short?.levels.get(key) ?? tiers.length - 1;
  const tier = tiers[level];
  // The lowest stays there to fall back to, and what was wished for, to come back to.
  const spatialLayers = [...new Set([0, tier?.spatialLayer ?? 0, best.spatialLayer])];
  const isShort = short !== undefined && level < tiers.length - 1;
  return {
    layers: isShort && tier ? { spatialLayer: tier.spatialLayer, temporalLayer: tier.temporalLayer } : best,
    paused: isShort && !tier ? short.shortage : undefined,
    shortage: isShort ? short.shortage : undefined,
    priority: short ? PRIORITIES[rank] : WHOLE.priority,
    spatialLayers,
  };
}

function layersFor(demand: Demand, video: MediaPublication): { best: ConsumerLayers; tiers: Tier[] } {
  const { layers } = video;
  const view = demand.viewOf(video);
  const cap = demand.capOf(video);
  const count = layers?.count ?? 1;
  const filling = layers && view && view.width > 0 && view.height > 0 ? layers.filling(view) : count - 1;
  const spatialLayer = Math.min(filling, cap?.spatialLayer ?? filling);
  const temporalLayer = cap?.temporalLayer ?? ALL_TEMPORAL_LAYERS;
  const tiers = layers?.tiers(spatialLayer).filter((tier) => tier.temporalLayer <= temporalLayer) ?? [];
  return { best: { spatialLayer, temporalLayer }, tiers };
}

function isMedia(publication: Publication): publication is MediaPublication {
  return publication.kind !== 'data';
}

/** Those that are shown, then those of which the client has said nothing, then the hidden ones. */
function visibleFirst({ demand }: Receiver, videos: readonly MediaPublication[]): MediaPublication[] {
  const rank = (video: MediaPublication) => {
    const view = demand.viewOf(video);
    if (!view) return 1;
    return view.visible ? 0 : 2;
  };
  return videos.toSorted((one, other) => rank(one) - rank(other));
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
