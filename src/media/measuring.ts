import type { Producer } from 'mediasoup/types';
import type { PublishedMedia } from './publication.ts';

/** How old a measurement may be, in milliseconds. */
const INTERVAL_MS = 2000;

/** Measures what publications take of a line, as long as somebody asks. */
export class Measuring {
  readonly #measuredAt = new WeakMap<Producer, number>();

  /** Asks the worker for figures that are too old. Resolves when they are there. */
  async refresh(publications: Iterable<PublishedMedia>): Promise<void> {
    const now = performance.now();
    const measuring: Promise<void>[] = [];
    for (const { producer, layers, sound } of publications) {
      if (producer.closed || now - (this.#measuredAt.get(producer) ?? -Infinity) < INTERVAL_MS) continue;
      this.#measuredAt.set(producer, now);
      const measured = producer.getStats().then(
        (stats) => (layers ?? sound)?.measured(stats),
        () => {}, // it closed meanwhile
      );
      measuring.push(measured);
    }
    await Promise.all(measuring);
  }
}
