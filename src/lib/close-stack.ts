/**
 * Closes what has been opened, in reverse order: a start that fails and a normal end unwind the same stack. Node 24 has
 * `AsyncDisposableStack` for this; Node 22 does not.
 */
export class CloseStack {
  readonly #steps: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  /** Whether closing has begun. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** Adds a step, which runs before all steps that were added earlier. */
  defer(step: () => unknown): void {
    if (this.closing) throw new Error('a step was added to a stack that is closing');
    this.#steps.push(step);
  }

  /**
   * Runs each step after the one before has finished; the first one runs before this returns. A step that fails does
   * not stop the next ones, and rejects this in the end. A second call returns the promise of the first.
   */
  close(): Promise<void> {
    if (this.#closing) return this.#closing;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#closing = promise;
    this.#unwind().then(resolve, reject);
    return promise;
  }

  async #unwind(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several parts failed to close');
  }
}
