/** The most changes that wait to be written. */
export interface UnsavedLimits {
  /** Changes that overwrite a record. */
  readonly records: number;
  /** Changes that add a row. */
  readonly lines: number;
}

/** The name of the record that a change overwrites; undefined for a change that adds a row. */
export type RecordName = string | undefined;

/** Changes that wait to be written, in order. Of several changes to one record it holds only the newest. */
export class UnsavedChanges<T> {
  readonly #limits: UnsavedLimits;
  /** By the record's name, or by a symbol of its own for each line. */
  readonly #changes = new Map<string | symbol, T>();
  #lines = 0;

  constructor(limits: UnsavedLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#changes.size;
  }

  /** Adds a change at the end and removes an earlier one to the same record. Returns false when the limit is reached. */
  add(record: RecordName, change: T): boolean {
    if (record === undefined) return this.#addLine(change);
    const isNew = !this.#changes.delete(record);
    if (isNew && this.#changes.size - this.#lines >= this.#limits.records) return false;
    this.#changes.set(record, change);
    return true;
  }

  /** The first ones, at most `count`. */
  first(count: number): T[] {
    return this.#changes.values().take(count).toArray();
  }

  /** Removes the first ones, which have been written. */
  removeFirst(count: number): void {
    for (const key of this.#changes.keys().take(count).toArray()) {
      this.#changes.delete(key);
      if (typeof key === 'symbol') this.#lines--;
    }
  }

  #addLine(change: T): boolean {
    if (this.#lines >= this.#limits.lines) return false;
    this.#lines++;
    this.#changes.set(Symbol(), change);
    return true;
  }
}
