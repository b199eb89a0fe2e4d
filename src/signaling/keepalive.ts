import type { WebSocket } from 'ws';

/**
 * Watches over one socket: any frame counts as life; after `interval` milliseconds of silence it is pinged, after
 * twice that it is dead. Pings also measure the round trip.
 */
export class Keepalive {
  readonly #socket: WebSocket;
  readonly #onRtt: (ms: number) => void;
  readonly #timer: NodeJS.Timeout;
  #heardAt = performance.now();
  #pingedAt: number | undefined;

  constructor(
    socket: WebSocket,
    options: {
      interval: number;
      onDead: () => void;
      onRtt: (ms: number) => void;
      /** The client sent a control frame that answers nothing. */
      onControlFrame: () => void;
    },
  ) {
    this.#socket = socket;
    this.#onRtt = options.onRtt;
    socket.on('message', () => this.#heard());
    socket.on('ping', () => {
      this.#heard();
      options.onControlFrame();
    });
    socket.on('pong', () => {
      if (this.#pingedAt === undefined) options.onControlFrame();
      this.#ponged();
    });
    const { interval, onDead } = options;
    this.#timer = setInterval(() => {
      const silence = performance.now() - this.#heardAt;
      if (silence >= 2 * interval) onDead();
      else if (silence >= interval) this.ping();
    }, interval / 4);
    this.#timer.unref();
  }

  /** Pings now, unless a ping is on its way. */
  ping(): void {
    if (this.#pingedAt !== undefined || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#pingedAt = performance.now();
    this.#socket.ping();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #heard(): void {
    this.#heardAt = performance.now();
  }

  #ponged(): void {
    this.#heard();
    if (this.#pingedAt === undefined) return;
    const rtt = performance.now() - this.#pingedAt;
    this.#pingedAt = undefined;
    this.#onRtt(rtt);
  }
}
