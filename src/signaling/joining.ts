interface Options {
  /** When the upgrade came, on the clock of `performance.now()`. */
  arrivedAt: number;
  /** How long the client may take, in milliseconds. */
  timeoutMs: number;
  onTimeout: () => void;
  /** Called once, when the client has joined or will not: its place among those who wait is free. */
  onSettled: () => void;
  /** Called at most once: the server took so many milliseconds for the join. */
  onMeasured: (ms: number) => void;
}

/**
 * One join, from the upgrade on. The client's time is limited, and it holds a place among those who wait to join. The
 * server's time is measured: from the upgrade to the welcome, and from the request to its answer.
 */
export class Joining {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;
  #waited = false;
  #isSettled = false;
  #welcomeMs: number | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#timer = this.#startTimer();
  }

  /** The client waits in the lobby, for as long as it likes. A join after that is not measured. */
  wait(): void {
    clearTimeout(this.#timer);
    this.#waited = true;
  }

  /** The client is welcomed; after a wait in the lobby its time begins anew. */
  welcomed(): void {
    if (this.#waited) this.#timer = this.#startTimer();
    else this.#welcomeMs = performance.now() - this.#options.arrivedAt;
  }

  /** The client has joined, or the session has ended. */
  settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.onSettled();
  }

  /** The request that joined was answered so many milliseconds after it came. */
  answered(ms: number): void {
    if (this.#welcomeMs === undefined) return;
    this.#options.onMeasured(this.#welcomeMs + ms);
    this.#welcomeMs = undefined;
  }

  #startTimer(): NodeJS.Timeout {
    return setTimeout(this.#options.onTimeout, this.#options.timeoutMs);
  }
}
