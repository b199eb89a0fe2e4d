import type { WebSocket } from 'ws';

/** How often the socket is looked at in one interval. */
const LOOKS = 4;

/**
 * Watches over one socket: any frame counts as life; after `interval` milliseconds of silence it is pinged, after
 * twice that it is dead. Time in which this process did not run does not count. Pings also measure the round trip.
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
    let lookedAt = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#forgive(now - lookedAt - interval / LOOKS, now);
      lookedAt = now;
      const silence = now - this.#heardAt;
      if (silence >= 2 * interval) onDead();
      else if (silence >= interval) this.ping();
    }, interval / LOOKS);
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

  /** The timer rang so many milliseconds late: what the client sent meanwhile has not been read yet. */
  #forgive(lateMs: number, now: number): void {
    if (lateMs > 0) this.#heardAt = Math.min(now, this.#heardAt + lateMs);
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
