import { useEffect, useRef } from 'preact/hooks';
import type { Room } from '../../room.ts';
import type { Box } from './layout.ts';
import type { TileInfo } from './tiles.ts';

/**
 * The layer of a camera that a tile has use for: cameras are sent in a quarter, a half and the whole of 1280 pixels.
 * @param width of the tile, in pixels of the screen
 */
export function layerFor(width: number): number {
  if (width > 640) return 2;
  return width > 320 ? 1 : 0;
}

/** Asks for each camera's picture no larger than its tile is: the rest would be thrown away here. */
export function useLayers(room: Room, tiles: readonly TileInfo[], boxOf: (key: string) => Box | undefined) {
  const asked = useRef(new Map<string, number>());
  useEffect(() => {
    const shown = new Map<string, number>();
    for (const { key, kind, source } of tiles) {
      const box = boxOf(key);
      if (!source || !box || kind !== 'person') continue;
      const spatialLayer = layerFor(box.width * devicePixelRatio);
      shown.set(source.id, spatialLayer);
      if (asked.current.get(source.id) === spatialLayer) continue;
      room.setPreferredLayers(source, { spatialLayer }).catch(() => {}); // it is gone, or comes in one size
    }
    asked.current = shown;
  });
}
