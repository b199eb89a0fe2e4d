import { retryDelay, sleep } from '../backoff.ts';
import { Emitter } from '../emitter.ts';

/** One event of a call, as `/ws` tells it. */
export interface CallNews {
  /** `call-initiated`, `call-answered`, `call-hangup` and so on. */
  event: string;
  /** The number of the event, rising. */
  seq: number;
  data: { id: string; event_type: string; occurred_at: string; payload: Record<string, unknown> };
}

export interface CallEventsOptions {
  /** Of `/ws`: `wss://host/ws`. */
  url: string;
  /** Gets a token of type `agent`. */
  getToken: () => string | Promise<string>;
  /** The last event that was seen before; without it only what comes from now on is told. */
  since?: number;
}

/** What `CallEvents` emits. */
export interface CallEventsMap {
  event: [news: CallNews];
  connected: [];
  /** All that was missed has been told. */
  caughtUp: [];
  /** The socket is gone; it comes back by itself unless the token was refused. */
  disconnected: [reason: string];
}

/** How often the server is asked for a sign of life, and how long it may take; in milliseconds. */
const PING_MS = 25_000;
/**
 * More than any event's number: the server then says at once which is the newest. Without it, nothing would tell what
 * was missed when the socket drops before the first event.
 */
const FROM_NOW_ON = 999_999_999_999_999;
/** RFC 6455 section 7.4.1: the token was refused, or the agent has too many sockets, which passes. */
const REFUSED = 1008;
const TOO_MANY = 'too_many_connections';

/** The events of calls from `/ws`, none twice and none left out, also over a socket that drops. */
export class CallEvents extends Emitter<CallEventsMap> {
  readonly #options: CallEventsOptions;
  #since: number;
  #abort: AbortController | undefined;

  constructor(options: CallEventsOptions) {
    super();
    this.#options = options;
    this.#since = options.since ?? FROM_NOW_ON;
  }

  /** The number of the last event that was told. */
  get since(): number | undefined {
    return this.#since === FROM_NOW_ON ? undefined : this.#since;
  }

  /** Connects, and stays so until `stop`. */
  start(): void {
    if (this.#abort) return;
    this.#abort = new AbortController();
    void this.#run(this.#abort.signal);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      const { opened, reason, refused } = await this.#session(signal).catch(noToken);
      if (signal.aborted) return;
      this.emit('disconnected', reason);
      // A token that ended is followed by another; one that is refused at once would be refused again.
      if (refused && !opened) return this.stop();
      if (opened) failures = 0;
      await sleep(retryDelay(failures), signal);
    }
  }

  /** One socket from its opening to its end. */
  async #session(signal: AbortSignal): Promise<Ending> {
    const token = await this.#options.getToken();
    const url = new URL(this.#options.url);
    url.searchParams.set('token', token);
    url.searchParams.set('since', String(this.#since));
    if (signal.aborted) return { opened: false, reason: '', refused: false };
    const socket = new WebSocket(url);
    let opened = false;
    let heard = true;
    const abort = () => socket.close();
    signal.addEventListener('abort', abort);
    const timer = setInterval(() => {
      if (!heard || socket.readyState !== WebSocket.OPEN) return socket.close();
      heard = false;
      socket.send(JSON.stringify({ type: 'ping', data: {} }));
    }, PING_MS);
    socket.addEventListener('message', ({ data }) => {
      heard = true;
      if (this.#receive(JSON.parse(String(data)))) opened = true;
    });
    const { code, reason } = await new Promise<CloseEvent>((resolve) =>
      socket.addEventListener('close', resolve),
    );
    clearInterval(timer);
    signal.removeEventListener('abort', abort);
    return { opened, reason: reason || String(code), refused: code === REFUSED && reason !== TOO_MANY };
  }

  /** Whether the frame says that the token was taken. */
  #receive(frame: { event: string; seq?: number; data: unknown }): boolean {
    if (frame.event === 'connected') {
      this.emit('connected');
      return true;
    }
    if (frame.event === 'caught-up') {
      this.#since = (frame.data as { seq: number }).seq;
      this.emit('caughtUp');
    } else if (frame.seq !== undefined) {
      this.#since = frame.seq;
      this.emit('event', frame as CallNews);
    }
    return false;
  }
}

interface Ending {
  opened: boolean;
  reason: string;
  refused: boolean;
}

function noToken(error: unknown): Ending {
  return { opened: false, reason: error instanceof Error ? error.message : String(error), refused: false };
}
