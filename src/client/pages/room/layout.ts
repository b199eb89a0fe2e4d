/** A place on the stage, in CSS pixels from its start corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface StageSize {
  width: number;
  height: number;
}

/** Between tiles, in CSS pixels. */
const GAP = 8;
/** How wide a person's tile may be for its height: beyond that, too much of a camera's picture is cut off. */
const WIDEST = 16 / 9;
/** How narrow: on an upright stage, as a phone has, more upright than on others, and most where one is alone. */
const NARROWEST = { alone: 9 / 16, upright: 3 / 4, wide: 1 };
/** What the strip takes of the stage beside one thing that is shown large. */
const STRIP = { share: 0.22, least: 104, most: 280 };
/** How high the large part of an upright stage is for a picture of 16 by 9: a crowd below it needs the room. */
const ROOM_FOR_LARGE = { few: 1.4, many: 1 };
const MANY = 6;

/**
 * Where each tile goes: the large ones first, and beside them the others in a strip, or all of them in a grid.
 * @param count how many tiles there are
 * @param large how many of them, from the first on, are shown large
 */
export function arrange(count: number, large: number, stage: StageSize): Box[] {
  const whole = { x: 0, y: 0, ...stage };
  const person = personOn(stage, count);
  if (large === 0) return grid(count, whole, person);
  if (large >= count) return grid(count, whole, fill);
  const others = count - large;
  const [main, strip] = split(whole, others, (strip) => extent(grid(others, strip, person)));
  return [...grid(large, main, fill), ...grid(others, strip, person)];
}

/**
 * Upright stages have the strip below, and the others at the end.
 * @param widthOf what the tiles in a strip take of its width: what they leave is for the main part
 */
function split(
  { x, y, width, height }: Box,
  others: number,
  widthOf: (strip: Box) => number,
): [main: Box, strip: Box] {
  if (height > width) {
    const room = others > MANY ? ROOM_FOR_LARGE.many : ROOM_FOR_LARGE.few;
    const main = Math.round(Math.min(height * 0.6, (width / WIDEST) * room));
    return [
      { x, y, width, height: main },
      { x, y: y + main + GAP, width, height: Math.max(height - main - GAP, 0) },
    ];
  }
  const most = Math.round(Math.min(Math.max(width * STRIP.share, STRIP.least), STRIP.most));
  const strip = widthOf({ x, y, width: most, height });
  return [
    { x, y, width: width - strip - GAP, height },
    { x: x + width - strip, y, width: strip, height },
  ];
}

/** The grid whose tiles have the largest area; its last row is in the middle. */
function grid(count: number, box: Box, shape: (cell: StageSize) => StageSize): Box[] {
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const tile = shape({
      width: share(box.width, columns),
      height: share(box.height, Math.ceil(count / columns)),
    });
    if (tile.width * tile.height > best.width * best.height) best = { columns, ...tile };
  }
  return Array.from({ length: count }, (_, index) => place(index, count, best, box));
}

function place(
  index: number,
  count: number,
  { columns, width, height }: { columns: number; width: number; height: number },
  box: Box,
): Box {
  const row = Math.floor(index / columns);
  const rows = Math.ceil(count / columns);
  const inRow = row === rows - 1 ? count - row * columns : columns;
  return {
    x: box.x + middle(box.width, inRow, width) + (index % columns) * (width + GAP),
    y: box.y + middle(box.height, rows, height) + row * (height + GAP),
    width,
    height,
  };
}

function extent(tiles: readonly Box[]): number {
  return Math.max(...tiles.map(({ x, width }) => x + width)) - Math.min(...tiles.map(({ x }) => x));
}

/** Where a row of tiles starts so that it is in the middle. */
function middle(length: number, tiles: number, size: number): number {
  return Math.floor((length - tiles * size - (tiles - 1) * GAP) / 2);
}

function share(length: number, parts: number): number {
  return Math.max(Math.floor((length - (parts - 1) * GAP) / parts), 0);
}

function fill(cell: StageSize): StageSize {
  return cell;
}

function personOn(stage: StageSize, count: number): (cell: StageSize) => StageSize {
  const shape = stage.height <= stage.width ? 'wide' : count === 1 ? 'alone' : 'upright';
  const narrowest = NARROWEST[shape];
  return ({ width, height }) => ({
    width: Math.min(width, Math.floor(height * WIDEST)),
    height: Math.min(height, Math.floor(width / narrowest)),
  });
}
