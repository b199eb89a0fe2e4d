/** How many changes may wait for room on the disk. */
export interface UnsavedLimits {
  /** Of records, which overwrite each other. */
  readonly records: number;
  /** Of lines, which are only added. */
  readonly lines: number;
}

/** What is written: the name of the record that it overwrites, or undefined for a line that is added. */
export type RecordName = string | undefined;

/** Changes that could not be stored yet, in order. Of several changes to one record only the newest is there. */
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

  /** Adds a change at the end, in place of an earlier one to the same record. False if there is no room for it. */
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

  /** Removes the first ones, which have been stored. */
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
