import type { ProducerStat } from 'mediasoup/types';

/** What speech takes until it was measured: Opus at 32 kbit/s in packets of 20 ms, with their headers; in bits per second. */
const SPEECH_BITRATE = 50_000;
/** How long the largest measurement counts, in milliseconds: with DTX, silence takes almost nothing. */
const WINDOW_MS = 10_000;

/** What one sound takes of a line when it is not silent. */
export class SoundRate {
  readonly #samples: { readonly at: number; readonly bitrate: number }[] = [];

  /** In bits per second. */
  get bitrate(): number {
    if (this.#samples.length === 0) return SPEECH_BITRATE;
    return Math.max(...this.#samples.map(({ bitrate }) => bitrate));
  }

  /** Takes what the worker has measured of its stream. */
  measured(stats: readonly ProducerStat[], now = performance.now()): void {
    while (this.#samples[0] && now - this.#samples[0].at > WINDOW_MS) this.#samples.shift();
    const bitrate = stats.reduce((sum, stat) => sum + (stat.type === 'inbound-rtp' ? stat.bitrate : 0), 0);
    this.#samples.push({ at: now, bitrate });
  }
}
