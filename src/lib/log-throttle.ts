import type { Logger } from './logger.ts';
import { TokenBucket } from './token-bucket.ts';

/** Lines that may be written at once, and in each second after that. */
const BURST = 200;
const PER_SECOND = 1;

/** Bounds what an event that anybody can cause, such as a refused connection, adds to the log. */
export class LogThrottle {
  readonly #logger: Logger;
  readonly #bucket = new TokenBucket({ rate: PER_SECOND, burst: BURST });
  #skipped = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Writes a line, or leaves it out. The next line that is written says how many were left out, as `skipped`. */
  info(fields: Record<string, unknown>, message: string): void {
    if (!this.#bucket.take()) {
      this.#skipped++;
      return;
    }
    this.#logger.info({ ...fields, ...(this.#skipped > 0 && { skipped: this.#skipped }) }, message);
    this.#skipped = 0;
  }
}
