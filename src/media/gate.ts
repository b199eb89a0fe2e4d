import type { Consumer } from 'mediasoup/types';

/**
 * Lets the sound of one microphone through to those who receive it, or not. It holds the near ends of the pipes that carry the
 * microphone to each router with receivers, its own among them. A change is one call for each of these routers; the receivers'
 * consumers are not paused and not told. It is closed at first.
 */
export class Gate {
  readonly #ends = new Set<Consumer>();
  #isOpen = false;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  set(isOpen: boolean): void {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    for (const end of this.#ends) void this.#apply(end);
  }

  /** Holds a pipe until that closes. Resolves when the pipe lets through what the gate does. */
  async hold(end: Consumer): Promise<void> {
    this.#ends.add(end);
    end.observer.once('close', () => this.#ends.delete(end));
    if (end.closed) this.#ends.delete(end);
    await this.#apply(end);
  }

  async #apply(end: Consumer): Promise<void> {
    try {
      await (this.#isOpen ? end.resume() : end.pause());
    } catch {
      // It fails only when the pipe closes with its microphone, which may be known here only later.
    }
  }
}
