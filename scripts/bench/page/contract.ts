/** What the bench and its page say to each other. */
import type { Variant } from '../variants.ts';

/** Who opens the page and what for; in the fragment of its address, so that the page starts by itself. */
export type Task =
  | ({ token: string } & (
      | { role: 'publisher' }
      | { role: 'joiner'; client: Variant['client']; settleMs: number }
    ))
  | { role: 'crowd'; tokens: readonly string[] };

/** Moments of a join, in milliseconds since the navigation. */
export interface Marks {
  /** The socket's constructor was called. */
  start?: number;
  open?: number;
  /** `join()` was called; behind a pre-join screen that is the click. */
  join?: number;
  video?: number;
  audio?: number;
}

/** What the page has under `bench`. */
export interface PageApi {
  readonly marks: Marks;
  /** When this page was navigated to, in milliseconds since 1970. */
  readonly origin: number;
  /** When the first picture and the first sound of each other user came, in milliseconds since 1970. */
  readonly seen: Record<string, { video?: number; audio?: number }>;
  /** Where it is, for what goes wrong. */
  log: string[];
}
