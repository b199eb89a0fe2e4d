/** How the loudest are chosen. Times are in milliseconds, levels in dBov (RFC 6464). */
export interface LoudestOptions {
  /** How many are forwarded, without those that always are. */
  maxForwarded: number;
  /** How many have a place among those that spoke last. */
  maxRecent: number;
}

interface Speaker {
  /** Of the last time that it was heard. */
  level: number;
  heardAt: number;
  /** By when levels have to confirm that it speaks. */
  hintedUntil: number;
  isAlwaysOn: boolean;
}

/** A time long ago; differences to it are numbers. */
const NEVER = -1e12;

/** A speaker keeps its place for so long after the last sound: pauses belong to speech. */
export const HOLD_MS = 1500;
/** Somebody who is not forwarded has to be so much louder than the quietest who is, in dB. */
export const LOUDER_DB = 6;
/** A hint that levels do not confirm lapses after this. They do so within 450 ms of an onset. */
export const HINT_MS = 800;
/** After a hint that levels did not confirm, other hints of the same speaker are of no use for so long. */
export const FALSE_HINT_MS = 10_000;
/** How many are forwarded because of hints alone, beside the loudest. */
export const MAX_HINTED = 3;

/**
 * Chooses whose sound is forwarded: the loudest, with a hold time and hysteresis so that places do not swing. Whoever spoke
 * last keeps its place in a silence. Knows who spoke last, too. `T` is whatever speaks; `now` is any clock in milliseconds.
 */
export class Loudest<T> {
  readonly #options: LoudestOptions;
  readonly #speakers = new Map<T, Speaker>();
  /** The loudest, in the order in which they came in. */
  readonly #places = new Set<T>();
  /** Those that spoke last. */
  readonly #recent = new Set<T>();

  constructor(options: LoudestOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#speakers.size;
  }

  has(speaker: T): boolean {
    return this.#speakers.has(speaker);
  }

  add(speaker: T, isAlwaysOn = false): void {
    this.#speakers.set(speaker, { level: -127, heardAt: NEVER, hintedUntil: NEVER, isAlwaysOn });
    if (this.#places.size < this.#options.maxForwarded && !isAlwaysOn) this.#places.add(speaker);
    if (this.#recent.size < this.#options.maxRecent) this.#recent.add(speaker);
  }

  delete(speaker: T): void {
    this.#speakers.delete(speaker);
    this.#places.delete(speaker);
    this.#recent.delete(speaker);
    this.#fillRecent();
  }

  setAlwaysOn(speaker: T, isAlwaysOn: boolean): void {
    const state = this.#speakers.get(speaker);
    if (!state || state.isAlwaysOn === isAlwaysOn) return;
    state.isAlwaysOn = isAlwaysOn;
    if (isAlwaysOn) this.#places.delete(speaker);
  }

  /** What was heard in the last interval: whoever is not in it was silent. */
  heard(levels: readonly { speaker: T; level: number }[], now: number): void {
    for (const { speaker, level } of levels) {
      const state = this.#speakers.get(speaker);
      if (!state) continue;
      state.level = level;
      state.heardAt = now;
      this.#remember(speaker, now);
    }
    const loudestFirst = levels.toSorted((a, b) => b.level - a.level);
    for (const { speaker, level } of loudestFirst) this.#compete(speaker, level, now);
  }

  /**
   * A speaker begins, as its own client says. It is forwarded until the hint lapses, unless levels confirm it.
   * Returns whether the hint was of use.
   */
  hint(speaker: T, now: number): boolean {
    const state = this.#speakers.get(speaker);
    if (!state || this.isForwarded(speaker, now)) return false;
    const wasFalse = state.hintedUntil > state.heardAt + HINT_MS;
    if (wasFalse && now < state.hintedUntil + FALSE_HINT_MS) return false;
    const hinted = [...this.#speakers.values()].filter(({ hintedUntil }) => hintedUntil > now);
    if (hinted.length >= MAX_HINTED) return false;
    state.hintedUntil = now + HINT_MS;
    this.#remember(speaker, now);
    return true;
  }

  isForwarded(speaker: T, now: number): boolean {
    const state = this.#speakers.get(speaker);
    if (!state) return false;
    return state.isAlwaysOn || this.#places.has(speaker) || state.hintedUntil > now;
  }

  isRecent(speaker: T): boolean {
    return this.#recent.has(speaker) || this.#speakers.get(speaker)?.isAlwaysOn === true;
  }

  /** Takes a free place, or that of the quietest one who is not held and clearly quieter. */
  #compete(speaker: T, level: number, now: number): void {
    const state = this.#speakers.get(speaker);
    if (!state || state.isAlwaysOn || this.#places.has(speaker)) return;
    if (this.#places.size < this.#options.maxForwarded) {
      this.#places.add(speaker);
      return;
    }
    const [quietest] = [...this.#places].toSorted((a, b) => this.#strength(a, now) - this.#strength(b, now));
    if (quietest === undefined || this.#strength(quietest, now) + LOUDER_DB > level) return;
    this.#places.delete(quietest);
    this.#places.add(speaker);
  }

  /** The level of its last sound, for as long as that holds. After that whoever was silent longest is the weakest. */
  #strength(speaker: T, now: number): number {
    const state = this.#speakers.get(speaker);
    if (!state) return -Infinity;
    const silentMs = now - state.heardAt;
    return silentMs < HOLD_MS ? state.level : -1000 - silentMs;
  }

  /** Makes it one of those that spoke last, in the place of the one who did not for longest. */
  #remember(speaker: T, now: number): void {
    if (this.#recent.has(speaker)) return;
    if (this.#recent.size >= this.#options.maxRecent) {
      const silent = [...this.#recent].filter((other) => !this.isForwarded(other, now));
      const [oldest] = silent.toSorted((a, b) => this.#heardAt(a) - this.#heardAt(b));
      if (oldest === undefined) return;
      this.#recent.delete(oldest);
    }
    this.#recent.add(speaker);
  }

  #fillRecent(): void {
    for (const speaker of this.#speakers.keys()) {
      if (this.#recent.size >= this.#options.maxRecent) return;
      this.#recent.add(speaker);
    }
  }

  #heardAt(speaker: T): number {
    return this.#speakers.get(speaker)?.heardAt ?? NEVER;
  }
}
