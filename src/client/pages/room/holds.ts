/** Mutes that hold until a host lifts them. */
import type { Source } from '../../../protocol/grants.ts';
import type { Moderation } from '../../moderation.ts';
import type { RemotePeer } from '../../remote-peer.ts';

/** What a host can hold. A screen's sound goes with its picture. */
export const HOLDABLE = ['mic', 'camera', 'screen'] as const satisfies Source[];
export type Holdable = (typeof HOLDABLE)[number];

export function isHoldable(source: string): source is Holdable {
  return HOLDABLE.some((one) => one === source);
}

/** Mutes a source of a person until `allow`. */
export async function hold({ mute }: Moderation, peer: RemotePeer, source: Holdable): Promise<void> {
  await Promise.all(partsOf(source).map((part) => mute(peer, part, 'hard')));
}

/** Lifts a `hold`. The person turns the source on by itself. */
export async function allow({ allow }: Moderation, peer: RemotePeer, source: Holdable): Promise<void> {
  await Promise.all(partsOf(source).map((part) => allow(peer, part)));
}

function partsOf(source: Holdable): Source[] {
  return source === 'screen' ? ['screen', 'screen-audio'] : [source];
}
