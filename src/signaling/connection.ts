import { EventEmitter } from 'node:events';
import type { RawData, WebSocket } from 'ws';
import type { Logger } from '../lib/logger.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { type Code, codes } from '../protocol/codes.ts';
import { FrameSender } from './frame-sender.ts';
import { Keepalive } from './keepalive.ts';
import { endSocket } from './socket-end.ts';
import { limitOfFailure } from './web-socket-acceptor.ts';

export interface ConnectionLimits {
  /** Milliseconds of silence after which the server pings; after twice that the socket is dead. */
  pingIntervalMs: number;
  messagesPerSecond: number;
  messageBurst: number;
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

/** Reads the frames of one connection. */
export interface FrameReader {
  /** Reads the text of a frame; undefined stands for a binary frame. */
  read(text: string | undefined): void;
  /** Refuses a frame that came too fast. It is not worked on. */
  refuse(text: string | undefined): void;
}

/** A protocol: it begins to read the frames of a connection. */
export type Protocol = (connection: Connection) => FrameReader;

/** RFC 6455 section 7.4.1: a socket that ended without a close frame. */
export const CUT_OFF = 1006;

/**
 * One socket: hands over frames that are within the limits, sends frames, and ends. It knows limits, and nothing of the
 * protocol that is spoken over it.
 */
export class Connection extends EventEmitter<{ closed: [Ending]; rtt: [number]; limitReached: [string] }> {
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #reader: FrameReader;
  readonly #logger: Logger;
  readonly #allowed: TokenBucket;
  /** Refusals for being too fast: a client that does not mind them is closed. */
  readonly #refusals: TokenBucket;
  readonly #keepalive: Keepalive;
  readonly #sender: FrameSender;
  #closedWith: Code | undefined;
  #gone = false;

  constructor(socket: WebSocket, options: { limits: ConnectionLimits; protocol: Protocol; logger: Logger }) {
    super();
    this.#socket = socket;
    this.#limits = options.limits;
    this.#logger = options.logger;
    const rate = { rate: this.#limits.messagesPerSecond, burst: this.#limits.messageBurst };
    this.#allowed = new TokenBucket(rate);
    this.#refusals = new TokenBucket(rate);
    this.#sender = new FrameSender(socket, this.#limits.maxBufferedBytes);
    this.#keepalive = new Keepalive(socket, {
      interval: this.#limits.pingIntervalMs,
      onDead: () => this.close('socket_dead'),
      onRtt: (ms) => this.emit('rtt', ms),
      onControlFrame: () => this.#countControlFrame(),
    });
    this.#reader = options.protocol(this);
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
    if (this.#sender.isFull) this.#closeUnread();
    else this.#sender.send(frames.map((frame) => Buffer.from(frame)));
  }

  /** Sends a close frame with the code's number and name, and ends the socket if no answer comes. */
  close(code: Code): void {
    if (this.closed) return;
    this.#closedWith = code;
    this.#keepalive.stop();
    if (!endSocket(this.#socket, code)) this.#closed(codes[code].close, code);
  }

  /** Logs a limit that was reached, by the name of its variable, and tells of it. */
  reachLimit(limit: string, detail: { bytes?: number } = {}): void {
    this.#logger.warn({ limit, ...detail }, 'limit reached');
    this.emit('limitReached', limit);
  }

  /** Control frames count as messages do. `ws` answers each ping, whether or not the client reads the pongs. */
  #countControlFrame(): void {
    if (this.closed) return;
    if (!this.#allowed.take()) this.#closeFlood();
    else if (this.#sender.isFull) this.#closeUnread();
  }

  #closeUnread(): void {
    this.reachLimit('MAX_BUFFERED_BYTES', { bytes: this.#socket.bufferedAmount });
    this.close('too_slow');
  }

  /** A client that floods the server may go on while the socket closes: nothing more of it is read. */
  #closeFlood(): void {
    this.reachLimit('MESSAGES_PER_SECOND');
    this.close('rate_limited');
    this.#socket.pause();
  }

  /** `ws` closes the socket itself: 1009 for what is too long, 1008 for what has too many parts. */
  #failed(error: Error & { code?: string }): void {
    const limit = limitOfFailure(error);
    if (limit) this.reachLimit(limit);
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
    const text = isBinary ? undefined : data.toString();
    if (this.#allowed.take()) this.#reader.read(text);
    else if (this.#refusals.take()) this.#reader.refuse(text);
    else this.#closeFlood();
  }
}
