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

/** How much of a producer its receiver should get. */
export interface Amount {
  /** The best layers that are sent; undefined for all of them. */
  readonly layers: ConsumerLayers | undefined;
  readonly isPaused: boolean;
  /** 1 to 255: where the line is short, the worker gives more of it to the higher ones. */
  readonly priority: number;
}

/**
 * One consumer, whether its client is ready for it, and whether the server lets it flow. Its start waits for the transport
 * to be connected: a key frame that comes before is lost.
 */
export class Subscription {
  readonly consumer: Consumer;
  readonly #options: Options;
  readonly #layers: Layers;
  /** Undefined for audio. */
  readonly #start: VideoStart | undefined;
  /** Whether the client is ready for it, and wants it. */
  #isReady = false;
  /** Whether the server holds it back. */
  #isHeld = false;
  #priority = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Consumer, options: Options) {
    this.consumer = consumer;
    this.#options = options;
    this.#layers = new Layers(consumer, options.low);
    this.#start = options.keyFrames && new VideoStart(consumer, this.#layers, options.keyFrames);
    consumer.observer.once('close', () => clearTimeout(this.#timer));
  }

  /** The client is ready: it flows as soon as that is of use. */
  resume(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.proceed();
  }

  /** The client does not want it for now. */
  pause(): void {
    if (!this.#isReady) return;
    this.#isReady = false;
    this.#stop();
  }

  /** Sends so much of it from now on. */
  deliver({ layers, isPaused, priority }: Amount): void {
    if (layers) this.#layers.prefer(layers).catch(ignoreClosed);
    if (priority !== this.#priority) this.consumer.setPriority(priority).catch(ignoreClosed);
    this.#priority = priority;
    if (isPaused === this.#isHeld) return;
    this.#isHeld = isPaused;
    if (isPaused) this.#stop();
    else this.proceed();
  }

  /** Looks again whether it may flow; to be called when the transport has become connected. */
  proceed(): void {
    if (!this.#mayFlow()) return;
    clearTimeout(this.#timer);
    const deafMs = this.#options.keyFrames?.deafMs ?? 0;
    // The worker would ask for a key frame at once, and again only after a second.
    if (deafMs > 0) this.#timer = setTimeout(() => this.proceed(), deafMs);
    else this.consumer.resume().then(() => this.#start?.begin(), ignoreClosed);
  }

  #mayFlow(): boolean {
    return this.#isReady && !this.#isHeld && !this.consumer.closed && this.#options.isConnected();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.consumer.pause().catch(ignoreClosed);
  }
}

/** A request to a consumer fails only when it closed meanwhile, and then there is nothing left to do. */
function ignoreClosed(): void {}
