import type { WebRtcTransport } from 'mediasoup/types';

/** For so long after a connection is up its estimate says little: it begins with a guess and feels its way. In milliseconds. */
const SETTLE_MS = 4000;

/** The worker's estimate of what can be sent to a client, from what the client tells of the packets that arrive. */
export class BandwidthEstimate {
  readonly #transport: WebRtcTransport;
  readonly #onChanged: () => void;
  #connectedAt = Number.POSITIVE_INFINITY;
  #latest: number | undefined;
  #isWatched = false;

  /** @param onChanged is called about once a second */
  constructor(transport: WebRtcTransport, onChanged: () => void) {
    this.#transport = transport;
    this.#onChanged = onChanged;
    transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') this.#connectedAt = performance.now();
    });
  }

  /** In bits per second; undefined while it is not known. */
  get bitrate(): number | undefined {
    return performance.now() - this.#connectedAt < SETTLE_MS ? undefined : this.#latest;
  }

  /**
   * Begins to follow it, if it does not already: there is no estimate without video.
   * @param maxBitrate what the worker sends at most, in bits per second
   */
  watch(maxBitrate: number): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#transport.on('trace', ({ type, info }) => {
      if (type === 'bwe') this.#estimated(info);
    });
    this.#transport.setMaxOutgoingBitrate(maxBitrate).catch(ignoreClosed);
    this.#transport.enableTraceEvent(['bwe']).catch(ignoreClosed);
  }

  #estimated(info: unknown): void {
    const { availableBitrate } = { availableBitrate: undefined, ...(info as object) };
    if (typeof availableBitrate !== 'number') return;
    this.#latest = availableBitrate;
    if (this.bitrate !== undefined) this.#onChanged();
  }
}

/** A request to a transport fails only when it closed meanwhile. */
function ignoreClosed(): void {}
