/** Figures out of several runs. */

/** The middle of the values, and their ends. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Undefined without values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  if (min === undefined || max === undefined || low === undefined || high === undefined) return undefined;
  return { median: Math.round((low + high) / 2), min, max };
}

/** Serial round trips: by how much a time grows for each millisecond of round trip. */
export function roundTrips(
  near: { rtt: number; ms: number | undefined },
  far: { rtt: number; ms: number | undefined },
): number | undefined {
  if (near.ms === undefined || far.ms === undefined || far.rtt <= near.rtt) return undefined;
  return (far.ms - near.ms) / (far.rtt - near.rtt);
}
