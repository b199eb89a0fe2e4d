import { allocate, type Candidate, type Levels } from './allocation.ts';

/** A line carries this much more than is estimated before anything is taken away: estimates vary. */
const TOLERANCE = 1.05;
/** Something is only added if so much of the line is enough for all: the estimate has to prove itself. */
const RAISE_SHARE = 0.85;
/** After something was taken away, nothing is added for so long, in milliseconds. */
const HOLD_MS = 4000;
const MAX_HOLD_MS = 60_000;
/** What was added and had to be taken away again within this time was too much: the next try waits twice as long. */
const TRIAL_MS = 15_000;

/**
 * Who gets how much of one receiver's short line, as it changes: what does not fit gives way at once, and comes back when
 * there is room to spare. Where that proves wrong it waits longer each time, so that pictures do not swing.
 */
export class LinePlan<Key> {
  #levels: Levels<Key> = new Map();
  #raisedAt = -Infinity;
  #raiseAfter = -Infinity;
  #holdMs = HOLD_MS;

  /**
   * @param bitrate what the line carries beside sound, in bits per second
   * @param now in milliseconds
   */
  decide(candidates: readonly Candidate<Key>[], bitrate: number, now: number): Levels<Key> {
    const before = this.#levels;
    const fitting = allocate(candidates, TOLERANCE * bitrate, { upTo: before });
    if (candidates.some((candidate) => isLowered(candidate, before, fitting))) this.#lowered(now);
    const raised =
      now < this.#raiseAfter ? fitting : allocate(candidates, RAISE_SHARE * bitrate, { from: fitting });
    if (
      candidates.some(({ key }) => (raised.get(key) ?? 0) > (before.get(key) ?? Number.POSITIVE_INFINITY))
    ) {
      this.#raisedAt = now;
    }
    this.#levels = raised;
    return raised;
  }

  #lowered(now: number): void {
    const failed = now - this.#raisedAt < TRIAL_MS;
    this.#holdMs = failed ? Math.min(2 * this.#holdMs, MAX_HOLD_MS) : HOLD_MS;
    this.#raiseAfter = now + this.#holdMs;
  }
}

/** A video that has use for less than before is not lowered by the line. */
function isLowered<Key>({ key, tiers }: Candidate<Key>, before: Levels<Key>, after: Levels<Key>): boolean {
  const level = before.get(key);
  return level !== undefined && (after.get(key) ?? 0) < Math.min(level, tiers.length - 1);
}
