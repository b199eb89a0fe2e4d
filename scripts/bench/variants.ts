/** The ways of joining that are compared. Shared with the page. */

export interface Variant {
  readonly name: string;
  /** What it is, for the report. */
  readonly what: string;
  /** How the page joins: with the SDK, behind a pre-join screen, in the classic order, or with one step left out. */
  readonly client: 'sdk' | 'warm' | 'classic' | Step;
  /** Whether the server asks for key frames early, as the product does. */
  readonly earlyKeyFrames: boolean;
}

/** A step of the short join that the bench's own client can leave out. */
export type Step = 'certificate' | 'role' | 'warm-recv' | 'prefetch' | 'one-flight';

export const VARIANTS: readonly Variant[] = [
  { name: 'short', what: 'the SDK as it is', client: 'sdk', earlyKeyFrames: true },
  { name: 'warm', what: 'the SDK after a pre-join screen', client: 'warm', earlyKeyFrames: true },
  {
    name: 'classic',
    what: 'everything awaited, one after the other',
    client: 'classic',
    earlyKeyFrames: false,
  },
  { name: 'no-key-frame', what: 'short, without the early key frame', client: 'sdk', earlyKeyFrames: false },
  step('certificate', 'short, without fingerprints in the join (nor the role that follows from them)'),
  step('role', 'short, with the browser as the DTLS client where it sends'),
  step('warm-recv', 'short, the receiving transport starts with the first consumer'),
  step('prefetch', 'short, capabilities and certificate only after the socket'),
  step('one-flight', 'short, `produce` only after the answer to `join`'),
];

function step(client: Step, what: string): Variant {
  return { name: `no-${client}`, what, client, earlyKeyFrames: true };
}
