import type { Consumer } from 'mediasoup/types';

/** How often the reports of the receiver are looked at, in milliseconds: receivers send about one a second. */
const INTERVAL_MS = 1000;
/** Shares of lost packets: below the first the line has room, above the second it has too little. */
const LOW_LOSS = 0.02;
const HIGH_LOSS = 0.1;
const INCREASE = 1.08;
/** A line that carries so many times as much as is sent is not short any more. */
const AMPLE = 4;

/** What of a report counts. */
export interface LossReport {
  /** Of the packets of the last second, 0 to 1. */
  readonly loss: number;
  /** What was sent, in bits per second. */
  readonly sent: number;
}

/**
 * What a line carries, by the packets that it loses: for players that report nothing else. The rule is that of the loss-based
 * controller in draft-ietf-rmcat-gcc-02 section 6.
 *
 * @param estimate the last one, in bits per second; undefined for a line that carries everything
 */
export function nextEstimate(estimate: number | undefined, { loss, sent }: LossReport): number | undefined {
  if (loss > HIGH_LOSS) return Math.round(Math.min(estimate ?? sent, sent) * (1 - loss / 2));
  if (estimate === undefined || loss >= LOW_LOSS) return estimate;
  const raised = Math.round(estimate * INCREASE);
  return raised > AMPLE * sent ? undefined : raised;
}

/** Follows what a player's line carries, by what its receiver reports of the videos that it gets. */
export class LossEstimate {
  readonly #consumers: () => Iterable<Consumer>;
  readonly #onChanged: () => void;
  readonly #timer: NodeJS.Timeout;
  #bitrate: number | undefined;

  /** @param onChanged is called when the estimate has changed, at most once a second */
  constructor(consumers: () => Iterable<Consumer>, onChanged: () => void) {
    this.#consumers = consumers;
    this.#onChanged = onChanged;
    this.#timer = setInterval(() => void this.#look().catch(() => {}), INTERVAL_MS).unref(); // fails when the media is gone
  }

  /** In bits per second; undefined while nothing says that it is short. */
  get bitrate(): number | undefined {
    return this.#bitrate;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    let [loss, sent] = [0, 0];
    for (const consumer of this.#consumers()) {
      const stats = await consumer.getStats();
      const own = stats.find((stat) => stat.type === 'outbound-rtp');
      if (!own) continue;
      loss = Math.max(loss, own.fractionLost / 256);
      sent += own.bitrate;
    }
    if (sent === 0) return;
    const estimate = nextEstimate(this.#bitrate, { loss, sent });
    if (estimate === this.#bitrate) return;
    this.#bitrate = estimate;
    this.#onChanged();
  }
}
