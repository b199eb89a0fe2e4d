import type { Producer } from 'mediasoup/types';

/**
 * Chromium's encoder ignores a request for a key frame within 300 ms of the one before it (libwebrtc,
 * `EncoderRtcpFeedback`, `kMinKeyframeSendIntervalMs`), and mediasoup's worker then repeats it only after a second.
 * The margin covers the jitter between two requests on their way.
 */
const REQUEST_INTERVAL_MS = 320;

/**
 * Knows when a key frame of one video producer was asked for last, and whether it came, so that nobody asks at a
 * moment at which the sender would not answer.
 */
export class KeyFrames {
  #requestedAt = -Infinity;
  #pending = false;

  constructor(producer: Producer) {
    producer.on('trace', (trace) => {
      if (trace.type === 'pli' && trace.direction === 'out') {
        this.#requestedAt = performance.now();
        this.#pending = true;
      } else if (trace.type === 'keyframe') {
        this.#pending = false;
      }
    });
  }

  /** Starts to watch a producer; audio has no key frames. */
  static async watch(producer: Producer): Promise<KeyFrames | undefined> {
    if (producer.kind !== 'video') return undefined;
    const keyFrames = new KeyFrames(producer);
    await producer.enableTraceEvent(['keyframe', 'pli']);
    return keyFrames;
  }

  /** Whether one was asked for and has not come yet. */
  get pending(): boolean {
    return this.#pending;
  }

  /**
   * Milliseconds to wait before a consumer is resumed, which asks for a key frame: none while one is on its way (it
   * will serve this consumer too), otherwise what is left of the time in which a request would be ignored.
   */
  get wait(): number {
    if (this.#pending) return 0;
    return Math.max(0, this.#requestedAt + REQUEST_INTERVAL_MS - performance.now());
  }
}
