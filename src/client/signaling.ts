import { codes, mayRetry } from '../protocol/codes.ts';
import { SUBPROTOCOL } from '../protocol/constants.ts';
import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { ServerFrame } from '../protocol/frames.ts';
import type { Method, ParamsIn, Result } from '../protocol/methods.ts';
import { type ErrorCode, isErrorCode, RoomError } from './errors.ts';

/** How a socket ended. */
export interface Ending {
  code: ErrorCode;
  /** Whether to come back. */
  retry: boolean;
  /** When the server asked to come back, in milliseconds from now. */
  retryAfter?: number;
}

interface Pending {
  /** Takes what the schema of its method says. */
  resolve(result: never): void;
  reject(error: RoomError): void;
}

/** A socket that is not open, or open without a `welcome`, for so long is given up; in milliseconds. */
const OPEN_TIMEOUT_MS = 10_000;

/**
 * One socket to a room: requests and their answers, events in order, and a watch over its life. It knows nothing of
 * media and does not come back by itself.
 */
export class Signaling {
  /** Resolves once, when the socket is gone. */
  readonly closed: Promise<Ending>;
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  /** Events wait here until somebody takes them. */
  #held: AnyEvent[] = [];
  #listener: ((event: AnyEvent) => void) | undefined;
  #welcome: EventData<'welcome'> | undefined;
  #welcomed: () => void = () => {};
  #end: (ending: Ending) => void = () => {};
  #ended: Ending | undefined;
  #retryAfter: number | undefined;
  #lastId = 0;
  #heardAt = performance.now();
  #pingedAt: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)));
    socket.addEventListener('close', ({ code, reason }) => this.#closed(endingOf(code, reason)));
  }

  /**
   * Opens a socket and waits for the server's `welcome`.
   * @throws RoomError `unreachable` if it did not open: the server knows why
   */
  static async open(url: string, token: string, signal: AbortSignal): Promise<Signaling> {
    const socket = openSocket(url, token);
    let opened = false;
    socket.addEventListener('open', () => {
      opened = true;
    });
    const signaling = new Signaling(socket);
    const abort = () => signaling.close('left');
    const timer = setTimeout(() => signaling.close('unreachable'), OPEN_TIMEOUT_MS);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void signaling.closed.then(() => signal.removeEventListener('abort', abort));
    const ending = await Promise.race([signaling.closed, signaling.#arrived()]);
    clearTimeout(timer);
    if (!ending) return signaling;
    throw new RoomError(!opened && ending.code === 'connection_lost' ? 'unreachable' : ending.code);
  }

  /** Who the peer is and what its transports are. */
  get welcome(): EventData<'welcome'> {
    if (!this.#welcome) throw new RoomError('connection_lost');
    return this.#welcome;
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** Asks, and resolves to the answer; rejects with the server's refusal, or when the socket ends before. */
  request<M extends Method>(method: M, params: ParamsIn<M>): Promise<Result<M>> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new RoomError(this.#ended.code));
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /**
   * Hands over all events after `welcome`, in order: those that came before this call at once, so that nothing that
   * precedes the answer to a join is lost or seen before it.
   */
  deliver(listener: (event: AnyEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#held.splice(0)) listener(event);
  }

  /** Asks for a sign of life now, so that a dead socket is noticed soon: after a change of the network. */
  probe(): void {
    if (this.#pingedAt !== undefined || this.#ended) return;
    this.#pingedAt = performance.now();
    this.request('ping', {}).catch(() => {}); // its end is told by `closed`
  }

  close(code: ErrorCode): void {
    if (code === 'left' && this.#welcome && !this.#ended) {
      this.request('leave', {}).catch(() => {}); // others see at once that it is meant; the answer is not awaited
    }
    this.#closed({ code, retry: new RoomError(code).retry });
    this.#socket.close(code === 'left' ? codes.left.close : undefined);
  }

  #arrived(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#welcomed = () => resolve(undefined);
    });
  }

  #receive(text: string): void {
    if (this.#ended) return;
    this.#heardAt = performance.now();
    this.#pingedAt = undefined;
    const frame: ServerFrame = JSON.parse(text);
    if ('event' in frame) this.#receiveEvent(frame);
    else if (frame.id !== null) this.#answered(frame.id, frame);
  }

  #receiveEvent(event: AnyEvent): void {
    if (event.event === 'welcome') this.#start(event.data);
    else if (event.event === 'closing') this.#retryAfter = event.data.retryAfter;
    else if (this.#listener) this.#listener(event);
    else this.#held.push(event);
  }

  #answered(id: number, answer: Extract<ServerFrame, { id: unknown }>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if ('result' in answer) pending?.resolve(answer.result as never);
    else pending?.reject(new RoomError(answer.error.code, answer.error.message));
  }

  #start(welcome: EventData<'welcome'>): void {
    this.#welcome = welcome;
    this.#timer = setInterval(() => this.#watch(welcome.pingInterval), welcome.pingInterval / 4);
    this.#welcomed();
  }

  /** Silence counts as death only after a ping: timers stand still in a sleeping machine or a hidden page. */
  #watch(interval: number): void {
    const now = performance.now();
    if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt >= interval) this.close('connection_lost');
    } else if (now - this.#heardAt >= interval) {
      this.probe();
    }
  }

  #closed(ending: Ending): void {
    if (this.#ended) return;
    const retryAfter = ending.retry ? this.#retryAfter : undefined;
    this.#ended = { ...ending, ...(retryAfter !== undefined && { retryAfter }) };
    clearInterval(this.#timer);
    this.#held = [];
    this.#listener = undefined;
    for (const { reject } of this.#pending.values()) reject(new RoomError(ending.code));
    this.#pending.clear();
    this.#end(this.#ended);
  }
}

/** The token goes as a subprotocol: addresses end up in logs. */
function openSocket(url: string, token: string): WebSocket {
  try {
    return new WebSocket(url, [SUBPROTOCOL, `bearer.${token}`]);
  } catch (error) {
    throw new RoomError('token_malformed', undefined, { cause: error });
  }
}

function endingOf(close: number, reason: string): Ending {
  const code = isErrorCode(reason) ? reason : 'connection_lost';
  return { code, retry: mayRetry(close, reason) };
}
