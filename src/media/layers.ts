import type { Consumer, ConsumerLayers } from 'mediasoup/types';

/** The smallest picture, which every sender of several sends. */
export const LOWEST: ConsumerLayers = { spatialLayer: 0, temporalLayer: 7 };
/** The worker takes what is too high for the highest (`SimulcastConsumer`). */
const HIGHEST: ConsumerLayers = { spatialLayer: 7, temporalLayer: 7 };

/** Which of its layers a consumer sends at best: what its receiver wants, or the lowest for a while. */
export class Layers {
  readonly #consumer: Consumer;
  #wanted = HIGHEST;
  #low: boolean;

  /** @param low whether it was made with the lowest as the preferred ones */
  constructor(consumer: Consumer, low: boolean) {
    this.#consumer = consumer;
    this.#low = low && consumer.type !== 'simple';
  }

  /** Sends these at best, at once or after what is low for a while. Does nothing where there are no layers. */
  async prefer(layers: ConsumerLayers): Promise<void> {
    this.#wanted = layers;
    if (!this.#low) await this.#apply(layers);
  }

  /**
   * Sends the lowest alone for now. Where it is so already the worker chooses again: one that had to choose before it
   * knew the layers' bitrates has chosen none, and looks again only after a second.
   */
  async lower(): Promise<void> {
    if (this.#consumer.type === 'simple') return;
    this.#low = true;
    // Another choice of temporal layers, as the same one would change nothing.
    await this.#apply({ ...LOWEST, temporalLayer: 0 });
    await this.#apply(LOWEST);
  }

  /** Sends what the receiver wants again. */
  async raise(): Promise<void> {
    if (!this.#low) return;
    this.#low = false;
    await this.#apply(this.#wanted);
  }

  async #apply(layers: ConsumerLayers): Promise<void> {
    try {
      await this.#consumer.setPreferredLayers(layers);
    } catch (error) {
      if (!this.#consumer.closed) throw error;
    }
  }
}
