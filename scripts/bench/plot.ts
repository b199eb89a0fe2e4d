/** A line plot as SVG, for the documentation. */

export interface Line {
  readonly name: string;
  readonly points: readonly { x: number; y: number; min: number; max: number }[];
}

interface Axes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const WIDTH = 760;
const HEIGHT = 420;
/** Around the plot; on the right are the names. */
const MARGIN = { top: 40, right: 150, bottom: 50, left: 70 };
const COLORS = [
  '#0b7a75',
  '#d1495b',
  '#1f5fbf',
  '#b07d12',
  '#6b4fa0',
  '#4b8b3b',
  '#a0522d',
  '#777777',
  '#c2185b',
];
/** Between two names, in pixels. */
const NAME_HEIGHT = 16;

/** Draws lines with their spreads, and a name at the end of each. */
export function plot(lines: readonly Line[], axes: Axes): string {
  const points = lines.flatMap((line) => line.points);
  const right = Math.max(1, ...points.map(({ x }) => x));
  const top = Math.ceil(Math.max(1, ...points.map(({ max }) => max)) / 500) * 500;
  const x = (value: number) => round(MARGIN.left + (value / right) * (WIDTH - MARGIN.left - MARGIN.right));
  const y = (value: number) =>
    round(HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom));
  const xs = [...new Set(points.map((point) => point.x))];
  const ys = Array.from({ length: top / 500 + 1 }, (_, step) => step * 500);
  const names = spaced(lines.map(({ points }) => y(points.at(-1)?.y ?? 0)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
<text x="${MARGIN.left}" y="22" font-size="15">${axes.title}</text>
<text x="${x(right / 2)}" y="${HEIGHT - 12}" text-anchor="middle">${axes.x}</text>
<text transform="translate(18 ${y(top / 2)}) rotate(-90)" text-anchor="middle">${axes.y}</text>
${ys.map((value) => gridLine(x(0), x(right), y(value), value)).join('\n')}
${xs.map((value) => `<text x="${x(value)}" y="${y(0) + 18}" text-anchor="middle">${value}</text>`).join('\n')}
${lines.map((line, at) => drawLine(line, COLORS[at % COLORS.length] ?? 'black', names[at] ?? 0, x, y)).join('\n')}
</svg>
`;
}

function gridLine(from: number, to: number, y: number, value: number): string {
  return (
    `<path d="M${from} ${y}H${to}" stroke="#ddd"/>` +
    `<text x="${from - 8}" y="${y + 4}" text-anchor="end">${value}</text>`
  );
}

function drawLine(
  { name, points }: Line,
  color: string,
  nameY: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${x(point.x)} ${y(point.y)}`).join('');
  const spreads = points.map(({ x: at, min, max }) => `M${x(at)} ${y(min)}V${y(max)}`).join('');
  const end = x(points.at(-1)?.x ?? 0);
  return (
    `<g stroke="${color}" fill="none"><path d="${path}" stroke-width="2"/><path d="${spreads}" opacity=".5"/></g>` +
    `<text x="${end + 10}" y="${nameY + 4}" fill="${color}">${name}</text>`
  );
}

/** Moves what would overlap down. */
function spaced(heights: readonly number[]): number[] {
  const placed = [...heights];
  let last = -Infinity;
  for (const at of [...heights.keys()].toSorted((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0))) {
    last = Math.max(heights[at] ?? 0, last + NAME_HEIGHT);
    placed[at] = last;
  }
  return placed;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
