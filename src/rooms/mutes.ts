import type { Source } from '../protocol/grants.ts';

/**
 * Which sources of which users hosts have muted in one room until they allow them. It is by user, as a peer that comes
 * back is another one.
 */
export class Mutes {
  readonly #sources = new Map<string, Set<Source>>();

  has(userId: string, source: Source): boolean {
    return this.#sources.get(userId)?.has(source) ?? false;
  }

  of(userId: string): Source[] {
    return [...(this.#sources.get(userId) ?? [])];
  }

  add(userId: string, source: Source): void {
    const sources = this.#sources.get(userId) ?? new Set();
    this.#sources.set(userId, sources.add(source));
  }

  /** False if it was not muted. */
  delete(userId: string, source: Source): boolean {
    const sources = this.#sources.get(userId);
    const known = sources?.delete(source) ?? false;
    if (sources?.size === 0) this.#sources.delete(userId);
    return known;
  }

  clear(): void {
    this.#sources.clear();
  }
}
