import type { Producer } from 'mediasoup/types';

/**
 * The least time between two requests for a key frame to one producer, in milliseconds. Chromium's encoder ignores a
 * request within 300 ms of the one before it (libwebrtc, `EncoderRtcpFeedback`, `kMinKeyframeSendIntervalMs`), and
 * mediasoup's worker would repeat that one only after a second. It is the worker that keeps this time: whoever decides
 * here knows too late of what happens there. The margin covers the jitter between two requests on their way.
 */
export const KEY_FRAME_REQUEST_INTERVAL_MS = 320;
/** After this a key frame that did not come, or the request for it, counts as lost; in milliseconds. */
export const KEY_FRAME_LOST_MS = 1000;

/** Knows when a key frame of one video producer was asked for last, and whether it came. */
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

  /**
   * How long the encoder will ignore another request, in milliseconds: the last one was answered, and it was not long
   * ago. While one is awaited it is 0, as that one will serve.
   */
  get deafMs(): number {
    if (this.#pending) return 0;
    return Math.max(0, this.#requestedAt + KEY_FRAME_REQUEST_INTERVAL_MS - performance.now());
  }

  /** Whether one was asked for so lately that it will serve whoever asks now, or that another would have to wait. */
  get requested(): boolean {
    const serves = this.#pending ? KEY_FRAME_LOST_MS : KEY_FRAME_REQUEST_INTERVAL_MS;
    return performance.now() - this.#requestedAt < serves;
  }
}
