/**
 * How often a property is tried, of the number that it is tried by default: `PROPERTY_FACTOR` times as often, which
 * `npm run test:long` sets.
 */
export function propertyRuns(usual: number): number {
  return usual * Number(process.env.PROPERTY_FACTOR || 1);
}
