import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import { arrange, type StageSize } from './layout.ts';
import type { Quality } from './quality.ts';
import { useTexts } from './texts/language.ts';
import { Tile } from './tile.tsx';
import { largeOnes, type TileInfo } from './tiles.ts';
import { useLayers } from './use-layers.ts';

interface Props {
  room: Room;
  roomName: string;
  tiles: readonly TileInfo[];
  /** The id of the peer who speaks. */
  speaker: string | null;
  /** By the id of the peer. */
  qualities: ReadonlyMap<string, Quality>;
}

/** All tiles, each as large as there is room for. */
export function Stage({ room, roomName, tiles, speaker, qualities }: Props) {
  const { call } = useTexts();
  const list = useRef<HTMLUListElement>(null);
  const size = useSize(list);
  const [pinned, setPinned] = useState<string>();
  const large = largeOnes(tiles, pinned);
  // The boxes are in the order of their size, the elements stay where they are: a moved video would stop.
  const order = [...large, ...tiles.map(({ key }) => key).filter((key) => !large.includes(key))];
  const boxes = size ? arrange(tiles.length, large.length, size) : [];
  const boxOf = (key: string) => boxes[order.indexOf(key)];
  useLayers(room, tiles, boxOf);
  return (
    <ul ref={list} class="stage" aria-label={call.people(roomName)}>
      {tiles.map((tile) => {
        const box = boxOf(tile.key);
        if (!box) return null;
        const { key, peer, kind } = tile;
        return (
          <Tile
            key={key}
            tile={tile}
            box={box}
            speaking={kind === 'person' && peer !== undefined && peer.id === speaker}
            quality={kind === 'person' && peer ? qualities.get(peer.id) : undefined}
            pinned={pinned === key}
            onPin={tiles.length > 1 ? () => setPinned(pinned === key ? undefined : key) : undefined}
          />
        );
      })}
    </ul>
  );
}

function useSize(ref: { current: HTMLElement | null }): StageSize | undefined {
  const [size, setSize] = useState<StageSize>();
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return size;
}
