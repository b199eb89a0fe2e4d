/** What is on the stage: a list of tiles, from the room as it is. */
import type { RemotePeer, RemoteSource } from '../../remote-peer.ts';

/** A person, or a screen that one shows. */
export interface TileInfo {
  /** Stays the same for as long as the tile is there. */
  key: string;
  kind: 'person' | 'screen';
  name: string;
  /** Undefined for our own. */
  peer: RemotePeer | undefined;
  /** The picture of another peer, where there is one. */
  source: RemoteSource | undefined;
  /** Our own picture. */
  track: MediaStreamTrack | undefined;
  muted: boolean;
  hand: boolean;
}

export interface OwnTiles {
  name: string;
  screenName: string;
  camera: MediaStreamTrack | undefined;
  screen: MediaStreamTrack | undefined;
  muted: boolean;
  hand: boolean;
}

/** Everyone's tiles in an order that does not change: the others as they came, and our own last. */
export function tilesOf(
  peers: Iterable<RemotePeer>,
  own: OwnTiles,
  screenOf: (name: string) => string,
): TileInfo[] {
  const tiles = [...peers].flatMap((peer) => tilesOfPeer(peer, screenOf(peer.name)));
  const none = { peer: undefined, source: undefined };
  if (own.screen) {
    const { screenName: name, screen: track } = own;
    tiles.push({ key: 'own-screen', kind: 'screen', name, track, ...none, muted: false, hand: false });
  }
  const { name, camera: track, muted, hand } = own;
  tiles.push({ key: 'own', kind: 'person', name, track, ...none, muted, hand });
  return tiles;
}

function tilesOfPeer(peer: RemotePeer, screenName: string): TileInfo[] {
  const sources = [...peer.sources.values()];
  const camera = sources.find(({ source, track, paused }) => source === 'camera' && track && !paused);
  const screens = sources.filter(({ source, track }) => source === 'screen' && track);
  const own = { peer, track: undefined };
  return [
    ...screens.map((source): TileInfo => {
      return { key: source.id, kind: 'screen', name: screenName, source, ...own, muted: false, hand: false };
    }),
    {
      key: peer.id,
      kind: 'person',
      name: peer.name,
      source: camera,
      ...own,
      muted: !sources.some(({ source, paused }) => source === 'mic' && !paused),
      hand: peer.handRaisedAt !== null,
    },
  ];
}

/** What is shown large: what was pinned, and otherwise the screens of others, or our own. */
export function largeOnes(tiles: readonly TileInfo[], pinned: string | undefined): string[] {
  if (tiles.some(({ key }) => key === pinned) && pinned !== undefined) return [pinned];
  const screens = tiles.filter(({ kind }) => kind === 'screen');
  const others = screens.filter(({ peer }) => peer !== undefined);
  return (others.length > 0 ? others : screens).map(({ key }) => key);
}
