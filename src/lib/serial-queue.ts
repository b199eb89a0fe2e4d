/** Runs tasks one after the other, in the order of their coming. A task that fails does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** How many tasks wait or run. */
  get length(): number {
    return this.#length;
  }

  /** Settles as the task does. */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    this.#length++;
    const done = this.#tail.then(task);
    this.#tail = done
      .catch(() => {})
      .finally(() => {
        this.#length--;
      });
    return done;
  }
}
