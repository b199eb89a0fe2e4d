import type { Consumer, ConsumerLayers } from 'mediasoup/types';
import type { KeyFrames } from './key-frames.ts';

/**
 * One consumer, and whether its receiver wants it to flow. Its start waits for the transport to be connected and for
 * a moment at which the sender answers a request for a key frame: a request at the wrong moment costs a second.
 */
export class Subscription {
  readonly consumer: Consumer;
  readonly #keyFrames: KeyFrames | undefined;
  readonly #isConnected: () => boolean;
  #wanted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Consumer, keyFrames: KeyFrames | undefined, isConnected: () => boolean) {
    this.consumer = consumer;
    this.#keyFrames = keyFrames;
    this.#isConnected = isConnected;
    consumer.observer.once('close', () => clearTimeout(this.#timer));
  }

  /** Whether the receiver has asked for it. */
  get wanted(): boolean {
    return this.#wanted;
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
    clearTimeout(this.#timer);
    this.consumer.pause().catch(ignoreClosed);
  }

  /** For simulcast and SVC: what to send at best. Resolves at once where there are no layers. */
  async setPreferredLayers(layers: ConsumerLayers): Promise<void> {
    await this.consumer.setPreferredLayers(layers);
  }

  /** Looks again whether it may flow; to be called when the transport has become connected. */
  proceed(): void {
    clearTimeout(this.#timer);
    if (!this.#wanted || this.consumer.closed || !this.#isConnected()) return;
    const wait = this.#keyFrames?.wait ?? 0;
    if (wait > 0) this.#timer = setTimeout(() => this.proceed(), wait);
    else this.consumer.resume().catch(ignoreClosed);
  }
}

/** A request to a consumer fails only when it closed meanwhile, and then there is nothing left to pause or resume. */
function ignoreClosed(): void {}
