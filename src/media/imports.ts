import type { DataProducer, Producer } from 'mediasoup/types';
import type { Carried } from './origin.ts';

/** A producer that can be consumed on a router, until it is released. */
export interface Brought {
  /** The mediasoup id that it has there. */
  readonly id: string;
  /** Ends the use of it. A second call does nothing. */
  release(): void;
}

interface Import {
  readonly opening: Promise<Carried>;
  users: number;
}

/** What a router has from other routers: each producer once, from the first use of it to the last. */
export class Imports {
  readonly #imports = new Map<Producer | DataProducer, Import>();

  /** How many producers it has at this moment. */
  get size(): number {
    return this.#imports.size;
  }

  /** @param open carries the producer to the router, if it is not there */
  async take(producer: Producer | DataProducer, open: () => Promise<Carried>): Promise<Brought> {
    const entry = this.#imports.get(producer) ?? this.#add(producer, open());
    entry.users++;
    try {
      const { id } = await entry.opening;
      let isReleased = false;
      const release = () => {
        if (!isReleased) this.#release(producer, entry);
        isReleased = true;
      };
      return { id, release };
    } catch (error) {
      this.#release(producer, entry);
      throw error;
    }
  }

  #add(producer: Producer | DataProducer, opening: Promise<Carried>): Import {
    const entry = { opening, users: 0 };
    this.#imports.set(producer, entry);
    return entry;
  }

  #release(producer: Producer | DataProducer, entry: Import): void {
    if (--entry.users > 0) return;
    if (this.#imports.get(producer) === entry) this.#imports.delete(producer);
    entry.opening.then(
      (carried) => carried.close(),
      () => {}, // there is none
    );
  }
}
