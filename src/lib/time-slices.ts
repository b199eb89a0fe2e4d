/** How long the event loop may be held at a time, in milliseconds. */
const SLICE_MS = 4;

interface Task {
  run(): void;
}

/**
 * Starts many small tasks in the order in which they were added, and gives the event loop back after each slice of time.
 * A task that is added while none waits starts at once.
 */
export class TimeSlices {
  readonly #tasks: Task[] = [];
  #next = 0;
  #sliceEnd = 0;
  #scheduled = false;

  /** Settles as the task does. */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push({
        run: () => {
          try {
            resolve(task());
          } catch (error) {
            reject(error);
          }
        },
      });
      if (!this.#scheduled) this.#work();
    });
  }

  /** A slice ends with the turn of the event loop, or after its time. */
  #work(): void {
    const now = performance.now();
    if (this.#sliceEnd === 0) {
      this.#sliceEnd = now + SLICE_MS;
      setImmediate(() => {
        this.#sliceEnd = 0;
      });
    }
    while (this.#next < this.#tasks.length && performance.now() < this.#sliceEnd) {
      this.#tasks[this.#next++]?.run();
    }
    if (this.#next >= this.#tasks.length) {
      this.#tasks.length = 0;
      this.#next = 0;
      return;
    }
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#work();
    });
  }
}
