/** Draws the floors of `src` and which folder imports which, as SVG. */
import { FLOORS, folderOf, type Import } from './imports.ts';

interface Box {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly files: number;
}

const WIDTH = 900;
const FLOOR_HEIGHT = 96;
const BOX = { width: 124, height: 46 };
const LEFT = 120;
const NAMES = ['ground', 'basics of rooms', 'rooms', 'guests of rooms', 'edges', 'process'];

export function draw(imports: readonly Import[]): string {
  const own = imports.filter(({ own }) => own);
  const boxes = placeBoxes(own);
  const height = NAMES.length * FLOOR_HEIGHT + 20;
  const floors = NAMES.map((name, floor) => drawFloor(name, floor));
  const arrows = countArrows(own).map(([pair, count]) => drawArrow(boxes, pair, count));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    '<title>The floors of src, and which folder imports which</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...floors,
    ...arrows,
    ...[...boxes.values()].map(drawBox),
    '</svg>',
    '',
  ].join('\n');
}

function placeBoxes(imports: readonly Import[]): Map<string, Box> {
  const files = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    for (const file of [from, to]) {
      const folder = folderOf(file);
      files.set(folder, (files.get(folder) ?? new Set()).add(file));
    }
  }
  const boxes = new Map<string, Box>();
  for (const floor of NAMES.keys()) {
    const onFloor = Object.keys(FLOORS).filter((name) => FLOORS[name] === floor && files.has(name));
    onFloor.forEach((name, index) => {
      const step = (WIDTH - LEFT) / onFloor.length;
      const x = LEFT + step * (index + 0.5) - BOX.width / 2;
      boxes.set(name, { name, x, y: topOf(floor) + 22, files: files.get(name)?.size ?? 0 });
    });
  }
  return boxes;
}

/** How many files of one folder import from another one. */
function countArrows(imports: readonly Import[]): [string, number][] {
  const pairs = imports
    .map(({ from, to }) => [folderOf(from), folderOf(to)])
    .filter(([above, below]) => above !== below && above !== 'client')
    .map((pair) => pair.join(' '));
  return [...Map.groupBy(pairs, (pair) => pair)].map(([pair, all]) => [pair, all.length] as [string, number]);
}

function topOf(floor: number): number {
  return (NAMES.length - 1 - floor) * FLOOR_HEIGHT + 10;
}

function drawFloor(name: string, floor: number): string {
  const y = topOf(floor);
  return (
    `<rect x="8" y="${y + 8}" width="${WIDTH - 16}" height="${FLOOR_HEIGHT - 16}" rx="8" fill="#f2f5f7"/>` +
    `<text x="18" y="${y + FLOOR_HEIGHT / 2 - 4}" fill="#33424d" font-weight="600">${floor}</text>` +
    `<text x="18" y="${y + FLOOR_HEIGHT / 2 + 14}" fill="#5b6b77" font-size="11">${name}</text>`
  );
}

function drawBox({ name, x, y, files }: Box): string {
  const label = name === '.' ? 'main, app' : name;
  return (
    `<rect x="${round(x)}" y="${round(y)}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="#ffffff" stroke="#33424d"/>` +
    `<text x="${round(x + BOX.width / 2)}" y="${round(y + 21)}" text-anchor="middle" fill="#10181e" font-weight="600">${label}</text>` +
    `<text x="${round(x + BOX.width / 2)}" y="${round(y + 37)}" text-anchor="middle" fill="#5b6b77" font-size="11">${files} files</text>`
  );
}

/** From the lower edge of the box above to the upper edge of the one below; wider for more imports. */
function drawArrow(boxes: ReadonlyMap<string, Box>, pair: string, count: number): string {
  const [above = '', below = ''] = pair.split(' ');
  const [from, to] = [boxes.get(above), boxes.get(below)];
  if (!from || !to || from.y === to.y) return '';
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height];
  const [x2, y2] = [to.x + BOX.width / 2, to.y];
  const middle = (y1 + y2) / 2;
  const width = Math.min(4, 0.6 + Math.log2(count) / 2);
  return (
    `<path d="M${round(x1)} ${round(y1)} C${round(x1)} ${round(middle)} ${round(x2)} ${round(middle)} ${round(x2)} ${round(y2)}" ` +
    `fill="none" stroke="#0b7a75" stroke-opacity="0.45" stroke-width="${width.toFixed(1)}"><title>${pair.replace(' ', ' → ')}: ${count}</title></path>`
  );
}

function round(value: number): string {
  return value.toFixed(0);
}
