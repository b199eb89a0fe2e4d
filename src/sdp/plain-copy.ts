/**
 * A copy for ortc, which changes what it is given, and of what it gives, without the keys whose value is `undefined`. It has
 * no type, as those of mediasoup and of mediasoup-client differ in a header extension.
 */
export function plainCopy(value: unknown): ReturnType<typeof JSON.parse> {
  return JSON.parse(JSON.stringify(value));
}
