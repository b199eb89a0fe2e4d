interface Options {
  /** When the upgrade came, on the clock of `performance.now()`. */
  arrivedAt: number;
  /** How long the client may take, in milliseconds. */
  timeoutMs: number;
  onTimeout: () => void;
  /** Called at most once: the server took so many milliseconds of the join. */
  onJoined: (ms: number) => void;
}

/**
 * The time of one join. The client's, from the upgrade on, is limited. The server's is measured: from the upgrade to the
 * welcome, and from the request to its answer. What the client took between is its own.
 */
export class JoinTime {
  readonly #options: Options;
  #timer: NodeJS.Timeout;
  #waited = false;
  #welcomeMs: number | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#timer = this.#start();
  }

  /** In the lobby the client may stay for as long as it likes. A join after that is not measured. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#waited = true;
  }

  /** The client is welcomed; after a wait in the lobby its time begins anew. */
  welcomed(): void {
    if (this.#waited) this.#timer = this.#start();
    else this.#welcomeMs = performance.now() - this.#options.arrivedAt;
  }

  /** The client has joined. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The request that joined was answered so many milliseconds after it came. */
  answered(ms: number): void {
    if (this.#welcomeMs === undefined) return;
    this.#options.onJoined(this.#welcomeMs + ms);
    this.#welcomeMs = undefined;
  }

  #start(): NodeJS.Timeout {
    return setTimeout(this.#options.onTimeout, this.#options.timeoutMs);
  }
}
