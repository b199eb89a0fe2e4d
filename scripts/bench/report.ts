/** What the bench found out, as text: a table for each moment, and an entry for the documentation. */
import { roundTrips, type Spread, spreadOf } from './statistics.ts';
import type { Variant } from './variants.ts';

/** What was measured of one join, in milliseconds. */
export type Measures = Partial<Record<Measure, number>>;
export type Measure = (typeof MEASURES)[number]['key'];

/** What was measured, once. */
export interface Sample {
  readonly variant: string;
  readonly rtt: number;
  readonly measures: Measures;
  /** Whether the machine had time for it. */
  readonly calm: boolean;
}

/** From one moment to another. */
export const MEASURES = [
  { key: 'open', what: 'first remote picture, from the open socket' },
  { key: 'start', what: 'first remote picture, from the start of the connection' },
  { key: 'join', what: 'first remote picture, from `join()`: behind a pre-join screen, the click' },
  { key: 'navigation', what: 'first remote picture, from the navigation' },
  { key: 'audio', what: 'first remote sound, from the open socket or the click' },
  { key: 'back', what: 'the other side’s first picture of the joiner, from the open socket or the click' },
] as const;

/** The figures of one measure of one variant. */
export function spread(
  samples: readonly Sample[],
  variant: string,
  rtt: number,
  key: Measure,
): Spread | undefined {
  const of = samples.filter((sample) => sample.variant === variant && sample.rtt === rtt);
  return spreadOf(of.flatMap(({ measures }) => measures[key] ?? []));
}

/** Tables in Markdown: a row for each variant, with median (minimum–maximum) for each round trip, and the slopes. */
export function tables(
  samples: readonly Sample[],
  variants: readonly Variant[],
  rtts: readonly number[],
): string {
  return MEASURES.map(({ key, what }) => {
    const slopes = slopesOf(rtts);
    const head = ['variant', ...rtts.map((rtt) => `${rtt} ms`), ...slopes.map(([a, b]) => `RTs ${a}–${b}`)];
    const rows = variants.flatMap(({ name }) => {
      const spreads = rtts.map((rtt) => spread(samples, name, rtt, key));
      if (spreads.every((each) => !each)) return [];
      const median = (rtt: number) => ({ rtt, ms: spreads[rtts.indexOf(rtt)]?.median });
      const trips = slopes.map(([a, b]) => roundTrips(median(a), median(b))?.toFixed(1) ?? '–');
      return [[name, ...spreads.map(cell), ...trips]];
    });
    return `**${capitalized(what)}**, ms:\n\n${table([head, ...rows])}`;
  }).join('\n');
}

/** What is checked against the target: sentences. */
export function verdicts(samples: readonly Sample[], rtts: readonly number[]): string[] {
  const far = Math.max(...rtts);
  const open = spread(samples, 'short', far, 'open');
  const classic = spread(samples, 'classic', far, 'open');
  const sentences: string[] = [];
  if (open && classic) {
    const share = Math.round((100 * open.median) / classic.median);
    sentences.push(`At ${far} ms the short join takes ${share} % of the classic order.`);
  }
  for (const [variant, key] of [
    ['short', 'open'],
    ['warm', 'join'],
  ] as const) {
    if (!samples.some((sample) => sample.variant === variant)) continue;
    const late = samples.filter((sample) => {
      const median = spread(samples, variant, sample.rtt, key)?.median ?? 0;
      return sample.variant === variant && (sample.measures[key] ?? Infinity) > median + 1000;
    });
    sentences.push(`Runs of \`${variant}\` that were a second late, or failed: ${late.length}.`);
  }
  return sentences;
}

/** The pairs of round trips that slopes are taken between. */
function slopesOf(rtts: readonly number[]): [number, number][] {
  const sorted = rtts.toSorted((a, b) => a - b);
  const far = sorted.at(-1);
  const near = sorted[0];
  const middle = sorted.find((rtt) => far !== undefined && 2 * rtt === far);
  if (far === undefined || near === undefined || near === far) return [];
  return [
    ...(middle !== undefined && middle !== near ? [[middle, far] as [number, number]] : []),
    [near, far],
  ];
}

function cell(spread: Spread | undefined): string {
  return spread ? `${spread.median} (${spread.min}–${spread.max})` : '–';
}

/** Aligned, so that it reads well in a terminal too. */
function table(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = rows;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + body.map(line).join('');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
