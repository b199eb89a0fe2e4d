import type { Consumer, ConsumerLayers } from 'mediasoup/types';
import type { KeyFrames } from './key-frames.ts';
import { Layers } from './layers.ts';
import { VideoStart } from './video-start.ts';

interface Options {
  /** Whether what its transport sends can be received. */
  isConnected: () => boolean;
  /** Of its producer; undefined for audio. */
  keyFrames: Pick<KeyFrames, 'deafMs'> | undefined;
  /** Whether it begins with the lowest of its layers. */
  low: boolean;
}

/**
 * One consumer, and whether its receiver wants it to flow. Its start waits for the transport to be connected: a key
 * frame that comes before is lost.
 */
export class Subscription {
  readonly consumer: Consumer;
  readonly #options: Options;
  readonly #layers: Layers;
  /** Undefined for audio. */
  readonly #start: VideoStart | undefined;
  #wanted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Consumer, options: Options) {
    this.consumer = consumer;
    this.#options = options;
    this.#layers = new Layers(consumer, options.low);
    this.#start = options.keyFrames && new VideoStart(consumer, this.#layers, options.keyFrames);
    consumer.observer.once('close', () => clearTimeout(this.#timer));
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
    await this.#layers.prefer(layers);
  }

  /** Looks again whether it may flow; to be called when the transport has become connected. */
  proceed(): void {
    if (!this.#wanted || this.consumer.closed || !this.#options.isConnected()) return;
    clearTimeout(this.#timer);
    const deafMs = this.#options.keyFrames?.deafMs ?? 0;
    // The worker would ask for a key frame at once, and again only after a second.
    if (deafMs > 0) this.#timer = setTimeout(() => this.proceed(), deafMs);
    else this.consumer.resume().then(() => this.#start?.begin(), ignoreClosed);
  }
}

/** A request to a consumer fails only when it closed meanwhile, and then there is nothing left to pause or resume. */
function ignoreClosed(): void {}
