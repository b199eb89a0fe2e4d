import { createHash } from 'node:crypto';

/**
 * Keeps one object for all that are equal: what many clients say alike takes memory once. Nobody may change what it
 * gives.
 */
export class Interner<T extends object> {
  readonly #maxEntries: number;
  /** By the hash of their JSON. */
  readonly #known = new Map<string, T>();

  /** @param maxEntries how many different ones are remembered; after that, it begins anew */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The first object that had the same JSON, or this one. */
  of(value: T): T {
    const key = createHash('sha256').update(JSON.stringify(value)).digest('base64');
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= this.#maxEntries) this.#known.clear();
    this.#known.set(key, value);
    return value;
  }
}
