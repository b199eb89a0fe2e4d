/** How long before a token's end its bearer is told, in milliseconds. */
const NOTICE_MS = 60_000;
/** The longest that Node's timers can wait; a longer wait is taken in parts. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

interface Options {
  /** How far the clock of the one who minted may be off: the end comes so much later. */
  toleranceMs: number;
  /** Called once for each token, a minute before its end, or at once where less is left. */
  onExpiring?: (expiresAtMs: number) => void;
  /** Called once. */
  onExpired: () => void;
}

/** Watches the end of the token that a session lives by, which a newer token puts off. */
export class TokenLife {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;
  /** The end that was told of last. */
  #told: number | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** From now on the session lives by a token that ends then, in seconds since 1970-01-01 UTC. */
  renew(expiresAtSeconds: number): void {
    const expiresAtMs = expiresAtSeconds * 1000;
    this.#at(expiresAtMs - NOTICE_MS, () => {
      this.#at(expiresAtMs + this.#options.toleranceMs, this.#options.onExpired);
      if (this.#told === expiresAtMs) return; // a client that brings the same token is not asked again at once
      this.#told = expiresAtMs;
      this.#options.onExpiring?.(expiresAtMs);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Calls at a time by the wall clock, which may be set meanwhile: it is looked at again when the timer rings. */
  #at(timeMs: number, call: () => void): void {
    clearTimeout(this.#timer);
    const left = timeMs - Date.now();
    const again = () => (Date.now() < timeMs ? this.#at(timeMs, call) : call());
    this.#timer = setTimeout(again, Math.min(Math.max(left, 0), MAX_TIMEOUT_MS));
    this.#timer.unref();
  }
}
