import type { Consumer, ConsumerLayers } from 'mediasoup/types';
import { StartWatch } from './start-watch.ts';

/**
 * One consumer, and whether its receiver wants it to flow. Its start waits for the transport to be connected: a key
 * frame that comes before is lost.
 */
export class Subscription {
  readonly consumer: Consumer;
  readonly #isConnected: () => boolean;
  readonly #startWatch: StartWatch;
  #wanted = false;

  constructor(consumer: Consumer, isConnected: () => boolean) {
    this.consumer = consumer;
    this.#isConnected = isConnected;
    this.#startWatch = new StartWatch(consumer);
  }

  /** Lets it flow as soon as that is of use. */
  resume(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.proceed();
  }

  pause(): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    this.consumer.pause().catch(ignoreClosed);
  }

  /** For simulcast and SVC: what to send at best. Resolves at once where there are no layers. */
  async setPreferredLayers(layers: ConsumerLayers): Promise<void> {
    try {
      await this.consumer.setPreferredLayers(layers);
    } catch (error) {
      if (!this.consumer.closed) throw error;
    }
  }

  /** Looks again whether it may flow; to be called when the transport has become connected. */
  proceed(): void {
    if (!this.#wanted || this.consumer.closed || !this.#isConnected()) return;
    this.consumer.resume().then(() => this.#startWatch.begin(), ignoreClosed);
  }
}

/** A request to a consumer fails only when it closed meanwhile, and then there is nothing left to pause or resume. */
function ignoreClosed(): void {}
