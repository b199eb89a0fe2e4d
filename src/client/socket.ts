import { codes, mayRetry } from '../protocol/codes.ts';
import { CLOSE_TO_RESUME, SUBPROTOCOL } from '../protocol/constants.ts';
import type { ServerFrame } from '../protocol/frames.ts';
import { type ErrorCode, isErrorCode, RoomError } from './errors.ts';

/** How a socket ended. */
export interface Ending {
  code: ErrorCode;
  /** Whether to come back. */
  retry: boolean;
  /** When the server asked to come back, in milliseconds from now. */
  retryAfter?: number;
}

export interface SocketOptions {
  url: string;
  token: string;
  /** What goes on with a session. */
  ticket?: string | undefined;
  /** Ends it, also while it opens. */
  signal: AbortSignal;
  /** In place of `new WebSocket`. */
  createWebSocket?: CreateWebSocket | undefined;
}

export type CreateWebSocket = (url: string, protocols: string[]) => WebSocket;

/** A socket that is not open, or open without a word of the server, for so long is given up; in milliseconds. */
const OPEN_TIMEOUT_MS = 10_000;

/** One WebSocket: frames as they come, none before somebody listens, and how it ended. */
export class Socket {
  /** Resolves once, when it is gone. */
  readonly closed: Promise<Ending>;
  readonly #socket: WebSocket;
  #frames: ServerFrame[] = [];
  #listener: ((frame: ServerFrame) => void) | undefined;
  #heard: () => void = () => {};
  #end: (ending: Ending) => void = () => {};
  #ended = false;
  #retryAfter: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
    socket.addEventListener('close', ({ code, reason }) => this.#closed(endingOf(code, reason)));
  }

  /**
   * Opens a socket and waits for the first frame of the server.
   * @throws RoomError `unreachable` if it did not open: the server knows why
   */
  static async open({ signal, ...options }: SocketOptions): Promise<Socket> {
    const webSocket = openWebSocket(options);
    let opened = webSocket.readyState === WebSocket.OPEN;
    webSocket.addEventListener('open', () => {
      opened = true;
    });
    const socket = new Socket(webSocket);
    const abort = () => socket.close('left');
    const timer = setTimeout(() => socket.close('unreachable'), OPEN_TIMEOUT_MS);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void socket.closed.then(() => signal.removeEventListener('abort', abort));
    const ending = await Promise.race([socket.closed, socket.#firstFrame()]);
    clearTimeout(timer);
    if (!ending) return socket;
    throw new RoomError(!opened && ending.code === 'connection_lost' ? 'unreachable' : ending.code);
  }

  /** Hands over all frames, those that came before this call at once. */
  listen(listener: (frame: ServerFrame) => void): void {
    this.#listener = listener;
    for (const frame of this.#frames.splice(0)) listener(frame);
  }

  /** Does nothing when it is closed. */
  send(text: string): void {
    if (!this.#ended) this.#socket.send(text);
  }

  /** @param code `left` is for good; after any other one the session may go on over another socket */
  close(code: ErrorCode): void {
    this.#closed({ code, retry: new RoomError(code).retry });
    this.#socket.close(code === 'left' ? codes.left.close : CLOSE_TO_RESUME);
  }

  #firstFrame(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#heard = () => resolve(undefined);
    });
  }

  #receive(frame: ServerFrame): void {
    if (this.#ended) return;
    if ('event' in frame && frame.event === 'closing') this.#retryAfter = frame.data.retryAfter;
    if (this.#listener) this.#listener(frame);
    else this.#frames.push(frame);
    this.#heard();
  }

  #closed(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#frames = [];
    this.#listener = undefined;
    const retryAfter = ending.retry ? this.#retryAfter : undefined;
    this.#end({ ...ending, ...(retryAfter !== undefined && { retryAfter }) });
  }
}

/** Token and ticket go as subprotocols: addresses end up in logs. */
function openWebSocket({ url, token, ticket, createWebSocket }: Omit<SocketOptions, 'signal'>): WebSocket {
  const protocols = [SUBPROTOCOL, `bearer.${token}`, ...(ticket ? [ticket] : [])];
  try {
    return createWebSocket ? createWebSocket(url, protocols) : new WebSocket(url, protocols);
  } catch (error) {
    throw new RoomError('token_malformed', undefined, { cause: error });
  }
}

function endingOf(close: number, reason: string): Ending {
  const code = isErrorCode(reason) ? reason : 'connection_lost';
  return { code, retry: mayRetry(close, reason) };
}
