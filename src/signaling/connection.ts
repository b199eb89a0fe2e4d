import { EventEmitter } from 'node:events';
import type { RawData, WebSocket } from 'ws';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { type Code, codes } from '../protocol/codes.ts';
import type { AnswerFrame, RequestFrame } from '../protocol/frames.ts';
import { Keepalive } from './keepalive.ts';
import { parseRequest } from './parse-request.ts';
import { endSocket } from './socket-end.ts';
import { limitOfFailure } from './upgrades.ts';

export interface ConnectionLimits {
  /** Milliseconds of silence after which the server pings; after twice that the socket is dead. */
  pingIntervalMs: number;
  messagesPerSecond: number;
  messageBurst: number;
  /** Requests that may wait behind the one at work. */
  maxQueuedRequests: number;
  /** What may wait to be read by the client before it is dropped. */
  maxBufferedBytes: number;
}

/** How a socket ended. */
export interface Ending {
  /** Why the server closed it, or `left`. */
  code: Code;
  /** The close code and reason on the wire; a client chooses its own. */
  close: number;
  reason: string;
}

/** What works on the requests of a connection. */
export interface RequestTaker {
  /** How many wait or are worked on. */
  readonly length: number;
  take(request: RequestFrame, connection: Connection): void;
}

/** From this size on an answer does not count as unread while it is on its way, one at a time. */
const LARGE_BYTES = 65_536;
/** Frames are text (RFC 6455 section 5.6). */
const TEXT = { binary: false };
/** RFC 6455 section 7.4.1: a socket that ended without a close frame. */
export const CUT_OFF = 1006;

/**
 * One socket that speaks `aq.v1`: hands over requests that are within the limits, refuses the others, sends frames, and
 * ends. It knows frames and limits, and nothing of rooms.
 */
export class Connection extends EventEmitter<{ closed: [Ending]; rtt: [number]; limitReached: [string] }> {
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #requests: RequestTaker;
  readonly #logger: Logger;
  readonly #allowed: TokenBucket;
  /** Refusals for being too fast: a client that does not mind them is closed. */
  readonly #refusals: TokenBucket;
  readonly #keepalive: Keepalive;
  #lastId = -1;
  /** The size of the large answer that the client is reading; 0 where there is none. */
  #largeBytes = 0;
  #closedWith: Code | undefined;
  #gone = false;

  constructor(
    socket: WebSocket,
    options: { limits: ConnectionLimits; requests: RequestTaker; logger: Logger },
  ) {
    super();
    this.#socket = socket;
    this.#limits = options.limits;
    this.#requests = options.requests;
    this.#logger = options.logger;
    const rate = { rate: this.#limits.messagesPerSecond, burst: this.#limits.messageBurst };
    this.#allowed = new TokenBucket(rate);
    this.#refusals = new TokenBucket(rate);
    this.#keepalive = new Keepalive(socket, {
      interval: this.#limits.pingIntervalMs,
      onDead: () => this.close('socket_dead'),
      onRtt: (ms) => this.emit('rtt', ms),
      onControlFrame: () => this.#countControlFrame(),
    });
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', (error) => this.#failed(error));
    socket.once('close', (close, reason) => this.#closed(close, reason.toString()));
    // A socket that was cut off during its upgrade emits nothing any more.
    if (socket.readyState === socket.CLOSED) setImmediate(() => this.#closed(CUT_OFF, ''));
  }

  /** Whether it ended, or is about to. */
  get closed(): boolean {
    return this.#gone || this.#closedWith !== undefined;
  }

  /** Measures the round trip once more. */
  ping(): void {
    this.#keepalive.ping();
  }

  /** Sends frames. A client that does not read what it was sent before is dropped. */
  send(...frames: readonly string[]): void {
    if (this.#closedWith || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#unread() > this.#limits.maxBufferedBytes) {
      this.#limitReached('MAX_BUFFERED_BYTES', { bytes: this.#socket.bufferedAmount });
      this.close('too_slow');
      return;
    }
    // As bytes: of a string, what waits in a socket is counted in characters.
    const buffers = frames.map((frame) => Buffer.from(frame));
    const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
    if (bytes > LARGE_BYTES && this.#largeBytes === 0) this.#sendLarge(buffers, bytes);
    else for (const buffer of buffers) this.#socket.send(buffer, TEXT);
  }

  /** Sends a close frame with the code's number and name, and ends the socket if no answer comes. */
  close(code: Code): void {
    if (this.closed) return;
    this.#closedWith = code;
    this.#keepalive.stop();
    if (!endSocket(this.#socket, code)) this.#closed(codes[code].close, code);
  }

  /** What waits to be read by the client, without the one large answer that may be on its way. */
  #unread(): number {
    return this.#socket.bufferedAmount - this.#largeBytes;
  }

  /** A large room takes a slow line a while to read, which is no fault of the client. */
  #sendLarge(buffers: readonly Buffer[], bytes: number): void {
    this.#largeBytes = bytes;
    let left = buffers.length;
    for (const buffer of buffers) {
      this.#socket.send(buffer, TEXT, () => {
        if (--left === 0) this.#largeBytes = 0;
      });
    }
  }

  /** Control frames count as messages do: `ws` answers each ping. */
  #countControlFrame(): void {
    if (!this.closed && !this.#allowed.take()) this.#closeFlood();
  }

  /** A client that floods the server may go on while the socket closes: nothing more of it is read. */
  #closeFlood(): void {
    this.#limitReached('MESSAGES_PER_SECOND');
    this.close('rate_limited');
    this.#socket.pause();
  }

  /** `ws` closes the socket itself: 1009 for what is too long, 1008 for what has too many parts. */
  #failed(error: Error & { code?: string }): void {
    const limit = limitOfFailure(error);
    if (limit) this.#limitReached(limit);
    else this.#logger.debug({ err: error }, 'socket error');
  }

  #closed(close: number, reason: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#keepalive.stop();
    this.emit('closed', { code: this.#closedWith ?? 'left', close, reason });
    this.removeAllListeners();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.closed) return;
    const request = parseRequest(isBinary ? undefined : data.toString());
    if (!this.#allowed.take()) this.#slowDown(request.id);
    else if ('error' in request) this.#refuse(request.id, request.error);
    else if (request.id <= this.#lastId) this.#refuse(request.id, new AppError('id_taken', 'ids must rise'));
    else this.#enqueue(request);
  }

  #enqueue(request: RequestFrame): void {
    this.#lastId = request.id;
    if (this.#requests.length > this.#limits.maxQueuedRequests) {
      this.#limitReached('MAX_QUEUED_REQUESTS');
      this.#refuse(request.id, new AppError('queue_full'));
      return;
    }
    this.#requests.take(request, this);
  }

  #limitReached(limit: string, detail: { bytes?: number } = {}): void {
    this.#logger.warn({ limit, ...detail }, 'limit reached');
    this.emit('limitReached', limit);
  }

  #slowDown(id: number | null): void {
    if (this.#refusals.take()) {
      this.#refuse(id, new AppError('rate_limited'));
      return;
    }
    this.#closeFlood();
  }

  #refuse(id: number | null, error: AppError): void {
    this.#answer({ id, error: error.toWire() });
  }

  #answer(frame: AnswerFrame): void {
    this.send(JSON.stringify(frame));
  }
}
