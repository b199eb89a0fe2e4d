/** Values that were counted in buckets, as `peer/histogram.h` does. */

/** The number of a bucket, and how many values were in it. */
export type Buckets = readonly (readonly [bucket: number, count: number])[];

/** Each power of two has so many buckets; below this each value has one. */
const PER_POWER = 32;

/** The least value of a bucket. */
export function leastValue(bucket: number): number {
  if (bucket < 2 * PER_POWER) return bucket;
  const shift = Math.floor(bucket / PER_POWER) - 1;
  return ((bucket % PER_POWER) + PER_POWER) * 2 ** shift;
}

/** All of these together. */
export function sumOf(...histograms: Buckets[]): Buckets {
  const counts = new Map<number, number>();
  for (const [bucket, count] of histograms.flat()) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return [...counts].toSorted(([a], [b]) => a - b);
}

/** What was counted since an earlier look. */
export function since(before: Buckets, now: Buckets): Buckets {
  const earlier = new Map(before);
  return now
    .map(([bucket, count]) => [bucket, count - (earlier.get(bucket) ?? 0)] as const)
    .filter(([, count]) => count > 0);
}

/** The value that this share of all values does not exceed; undefined without values. */
export function quantile(histogram: Buckets, share: number): number | undefined {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of histogram) {
    seen += count;
    if (seen >= share * total) return leastValue(bucket);
  }
  return undefined;
}
