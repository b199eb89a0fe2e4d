import type { Tier } from '../media/video-layers.ts';

/**
 * What gives way when a line is short. `sharp` keeps its quality as long as it fits (screens, pinned videos); `preferred`
 * gets what is left once every video moves (who speaks, large tiles); `other` gets the rest.
 */
export type Rank = 'sharp' | 'preferred' | 'other';

/** One video that a receiver shows. */
export interface Candidate<Key> {
  readonly key: Key;
  readonly rank: Rank;
  /** What can be sent of it, the smallest first; the last one is what it has use for. */
  readonly tiers: readonly Tier[];
}

/** The index of the tier that each video gets; -1 for one that is paused. */
export type Levels<Key> = ReadonlyMap<Key, number>;

interface Bounds<Key> {
  /** Where each begins; -1 without it. */
  from?: Levels<Key>;
  /** What none may exceed; its last tier without it. */
  upTo?: Levels<Key>;
}

const NOT_SENT = -1;

/**
 * Shares a line out among videos: sharp ones get all that they have use for, then all others a picture that moves, then
 * preferred ones and then the others more of it, step by step.
 * @param bitrate of the line, in bits per second, without sound
 */
export function allocate<Key>(
  candidates: readonly Candidate<Key>[],
  bitrate: number,
  { from, upTo }: Bounds<Key> = {},
): Map<Key, number> {
  const levels = new Map(candidates.map(({ key }) => [key, from?.get(key) ?? NOT_SENT]));
  let left = bitrate - totalOf(candidates, levels);
  const raise = (candidate: Candidate<Key>, highest: number): boolean => {
    const { key, tiers } = candidate;
    const level = levels.get(key) ?? NOT_SENT;
    const ceiling = Math.min(highest, tiers.length - 1, upTo?.get(key) ?? Number.POSITIVE_INFINITY);
    const cost = bitrateAt(candidate, level + 1) - bitrateAt(candidate, level);
    if (level >= ceiling || cost > left) return false;
    left -= cost;
    levels.set(key, level + 1);
    return true;
  };
  const raiseAll = (ranks: readonly Rank[], highest = Number.POSITIVE_INFINITY) => {
    let raising = ranks.flatMap((rank) => candidates.filter((candidate) => candidate.rank === rank));
    while (raising.length > 0) raising = raising.filter((candidate) => raise(candidate, highest));
  };
  raiseAll(['sharp']);
  raiseAll(['preferred', 'other'], 0);
  raiseAll(['preferred']);
  raiseAll(['other']);
  return levels;
}

/** What these levels take of a line, in bits per second. */
export function totalOf<Key>(candidates: readonly Candidate<Key>[], levels: Levels<Key>): number {
  return candidates.reduce((sum, each) => sum + bitrateAt(each, levels.get(each.key) ?? NOT_SENT), 0);
}

function bitrateAt<Key>({ tiers }: Candidate<Key>, level: number): number {
  return tiers[Math.min(level, tiers.length - 1)]?.bitrate ?? 0;
}
