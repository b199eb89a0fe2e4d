/** Events by name, each with its arguments. */
type EventMap<E> = { [K in keyof E]: readonly unknown[] };
type Listeners<E extends EventMap<E>> = { [K in keyof E]?: Set<(...args: E[K]) => void> };

/** A typed emitter: what a listener throws reaches neither the others nor the one who emits. */
export class Emitter<E extends EventMap<E>> {
  #listeners: Listeners<E> = {};

  /** Returns a function that takes the listener off again. */
  on<K extends keyof E>(event: K, listener: (...args: E[K]) => void): () => void {
    let listeners = this.#listeners[event];
    if (!listeners) this.#listeners[event] = listeners = new Set();
    listeners.add(listener);
    return () => this.off(event, listener);
  }

  off<K extends keyof E>(event: K, listener: (...args: E[K]) => void): void {
    this.#listeners[event]?.delete(listener);
  }

  once<K extends keyof E>(event: K, listener: (...args: E[K]) => void): () => void {
    const off = this.on(event, (...args) => {
      off();
      listener(...args);
    });
    return off;
  }

  removeAllListeners(): void {
    this.#listeners = {};
  }

  protected emit<K extends keyof E>(event: K, ...args: E[K]): void {
    for (const listener of [...(this.#listeners[event] ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        queueMicrotask(() => {
          throw error; // an uncaught error, as that of any other listener in a browser
        });
      }
    }
  }
}
