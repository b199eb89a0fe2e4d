/** Random choices that a seed repeats. */
import { createHash } from 'node:crypto';

export class Random {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** From 0 to below this. */
  integer(below: number): number {
    const hash = createHash('sha256')
      .update(`${this.#seed} ${this.#count++}`)
      .digest();
    return hash.readUInt32LE() % below;
  }

  /** Throws for an empty list. */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.integer(from.length)];
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  }
}
