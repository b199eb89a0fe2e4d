import type { Consumer } from 'mediasoup/types';

/**
 * How long a video may take to flow before its key frame is asked for again, in milliseconds. mediasoup's worker asks
 * twice within two seconds (`KeyFrameRequestManager`) and then no more; a browser that gets nothing of a video does not
 * ask at all.
 */
export const PATIENCE_MS = 2000;

/** Sees that a video that may flow does: where the key frame or the request for it was lost, asks again until it comes. */
export class StartWatch {
  readonly #consumer: Consumer;
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Consumer) {
    this.#consumer = consumer;
    if (consumer.kind !== 'video') return;
    consumer.on('producerresume', () => this.begin());
    consumer.observer.once('close', () => clearTimeout(this.#timer));
  }

  /** It may flow from now on, unless its producer is paused. */
  begin(): void {
    if (this.#consumer.kind !== 'video') return;
    this.#sentPackets().then(
      (before) => this.#checkLater(before),
      () => {}, // it was closed meanwhile
    );
  }

  #checkLater(before: number): void {
    clearTimeout(this.#timer);
    if (this.#consumer.closed) return;
    this.#timer = setTimeout(() => this.#check(before).catch(() => {}), PATIENCE_MS);
  }

  async #check(before: number): Promise<void> {
    const consumer = this.#consumer;
    if (consumer.paused || consumer.producerPaused || (await this.#sentPackets()) > before) return;
    await consumer.requestKeyFrame();
    this.#checkLater(before);
  }

  /** Packets of the video itself, without those that probe the bandwidth. */
  async #sentPackets(): Promise<number> {
    const stats = await this.#consumer.getStats();
    const sent = stats.find((stat) => stat.type === 'outbound-rtp');
    return sent?.packetCount ?? 0;
  }
}
