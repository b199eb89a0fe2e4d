import type { Consumer } from 'mediasoup/types';
import type { KeyFrames } from './key-frames.ts';
import type { Layers } from './layers.ts';

/**
 * How long a video may take to flow before something is done about it, in milliseconds: more than the 320 between two
 * requests. After each time it is twice as long, up to the second figure.
 */
export const PATIENCE_MS = 350;
const MAX_PATIENCE_MS = 5600;

/**
 * Sees that a video that may flow does. Where the key frame or the request for it was lost, it asks again until it comes:
 * mediasoup's worker asks twice within two seconds (`KeyFrameRequestManager`) and then no more, and a browser that gets
 * nothing of a video does not ask at all. Where a layer is awaited that the sender has stopped, which the worker notices
 * after two seconds, it takes the lowest. What began with the lowest is raised once it flows.
 */
export class VideoStart {
  readonly #consumer: Consumer;
  readonly #layers: Layers;
  readonly #keyFrames: Pick<KeyFrames, 'deafMs'>;
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Consumer, layers: Layers, keyFrames: Pick<KeyFrames, 'deafMs'>) {
    this.#consumer = consumer;
    this.#layers = layers;
    this.#keyFrames = keyFrames;
    consumer.on('producerresume', () => this.begin());
    consumer.observer.once('close', () => clearTimeout(this.#timer));
  }

  /** It may flow from now on, unless its producer is paused. */
  begin(): void {
    this.#sentPackets().then(
      (before) => this.#checkLater(before, PATIENCE_MS),
      () => {}, // it was closed meanwhile
    );
  }

  #checkLater(before: number, patienceMs: number, inMs = patienceMs): void {
    clearTimeout(this.#timer);
    if (this.#consumer.closed) return;
    this.#timer = setTimeout(() => this.#check(before, patienceMs).catch(() => {}), inMs);
  }

  async #check(before: number, patienceMs: number): Promise<void> {
    const consumer = this.#consumer;
    if (consumer.paused || consumer.producerPaused) return;
    if ((await this.#sentPackets()) > before) {
      await this.#layers.raise();
      return;
    }
    const { deafMs } = this.#keyFrames;
    if (deafMs > 0) {
      this.#checkLater(before, patienceMs, deafMs);
      return;
    }
    await this.#layers.lower();
    await consumer.requestKeyFrame();
    this.#checkLater(before, Math.min(2 * patienceMs, MAX_PATIENCE_MS));
  }

  /** Packets of the video itself, without those that probe the bandwidth. */
  async #sentPackets(): Promise<number> {
    const stats = await this.#consumer.getStats();
    const sent = stats.find((stat) => stat.type === 'outbound-rtp');
    return sent?.packetCount ?? 0;
  }
}
