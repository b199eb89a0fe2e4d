/** One agent's socket: what it was told of calls, and what it says. */
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import { TokenLife } from '../auth/token-life.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { type Code, codes } from '../protocol/codes.ts';
import { encodeCallEvent, type StoredEvent } from '../telephony/call-event.ts';
import type { CallEvents } from '../telephony/call-events.ts';
import { concerns } from '../telephony/call-filter.ts';
import type { CallTally } from '../telephony/call-tally.ts';
import type { ConnectionLimits } from './connection.ts';
import { FrameSender } from './frame-sender.ts';
import { Keepalive } from './keepalive.ts';
import { endSocket } from './socket-end.ts';
import { limitOfFailure } from './web-socket-acceptor.ts';

export type CallSocketLimits = ConnectionLimits & {
  /** How much later than it says a token ends: the clock of whoever minted it may be off by that. */
  tokenToleranceMs: number;
};

export interface CallSocketOptions {
  /** What carries the socket: frames that are sent together go out in one write. */
  stream: Pick<Duplex, 'cork' | 'uncork'>;
  identity: Identity;
  /** The number of the last event that the agent has seen; undefined for one who wants no earlier ones. */
  since: number | undefined;
  events: CallEvents;
  tally: CallTally;
  limits: CallSocketLimits;
  journal: Journal;
  logger: Logger;
}

/** An event with its frame, which is the same for all agents. */
export interface ToldEvent {
  readonly event: StoredEvent;
  readonly frame: Buffer;
}

/** RFC 6455 section 7.4.1: a violation of the policy, which a bad token is here. */
export const CLOSE_REFUSED = 1008;

export class CallSocket {
  readonly identity: Identity;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #options: CallSocketOptions;
  readonly #keepalive: Keepalive;
  readonly #sender: FrameSender;
  readonly #allowed: TokenBucket;
  readonly #tokenLife: TokenLife;
  /** False while it is told what it missed. */
  #live = false;
  /** The number up to which it was told. */
  #seen: number;
  #closing = false;
  #saidIgnored = false;

  constructor(socket: WebSocket, options: CallSocketOptions) {
    const { identity, events, limits, since } = options;
    this.identity = identity;
    this.#socket = socket;
    this.#options = options;
    this.#seen = Math.min(since ?? events.newest, events.newest);
    this.#allowed = new TokenBucket({ rate: limits.messagesPerSecond, burst: limits.messageBurst });
    this.#sender = new FrameSender(socket, limits.maxBufferedBytes);
    this.#keepalive = new Keepalive(socket, {
      interval: limits.pingIntervalMs,
      onDead: () => this.close('socket_dead'),
      onRtt: () => {},
      onControlFrame: () => this.#countControlFrame(),
    });
    this.#tokenLife = new TokenLife({
      toleranceMs: limits.tokenToleranceMs,
      onExpired: () => this.close('token_expired'),
    });
    this.#tokenLife.renew(identity.expiresAt);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', (error) => this.#failed(error));
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#end();
        resolve();
      });
    });
    this.#greet();
    if (since === undefined) this.#live = true;
    else this.#catchUp();
  }

  /** Tells of events, in order. */
  tell(told: readonly ToldEvent[]): void {
    if (!this.#live) return;
    const wanted = told.filter(({ event }) => event.seq > this.#seen && concerns(event, this.identity.calls));
    this.#seen = Math.max(this.#seen, told.at(-1)?.event.seq ?? 0);
    if (wanted.length === 0) return;
    this.#options.tally.eventsOut += wanted.length;
    this.#send(wanted.map(({ frame }) => frame));
  }

  /** Closes the socket; with 1008 where the token is the reason. */
  close(code: Code): void {
    if (this.#closing) return;
    this.#end();
    const { http, close } = codes[code];
    endSocket(this.#socket, code, http === 401 || http === 403 ? CLOSE_REFUSED : close);
  }

  #end(): void {
    this.#closing = true;
    this.#keepalive.stop();
    this.#tokenLife.stop();
  }

  #greet(): void {
    const { email, userId } = this.identity;
    const user = email ?? userId;
    this.#tell({ event: 'connected', data: { clientId: `${user}-${Date.now()}`, user } });
  }

  /**
   * Sends what was missed a page at a time, the next when the one before has left: a day's events are more than a
   * socket may have waiting. The last page and the turn to live are in one tick, so that nothing falls in between.
   */
  #catchUp(): void {
    if (this.#closing) return;
    const page = this.#options.events.after(this.#seen);
    const last = page.at(-1);
    if (!last) {
      this.#live = true;
      this.#tell({ event: 'caught-up', data: { seq: this.#options.events.newest } });
      return;
    }
    this.#seen = last.seq;
    const frames = page.filter((event) => concerns(event, this.identity.calls)).map(encodeCallEvent);
    this.#options.tally.eventsOut += frames.length;
    if (frames.length > 0) this.#send(frames, () => this.#catchUp());
    else setImmediate(() => this.#catchUp());
  }

  #tell(message: { event: string; data: object }): void {
    this.#send([Buffer.from(JSON.stringify(message))]);
  }

  #send(frames: readonly Buffer[], onSent?: () => void): void {
    if (this.#closing || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#sender.isFull) {
      this.#closeUnread();
      return;
    }
    this.#options.stream.cork();
    this.#sender.send(frames, onSent);
    this.#options.stream.uncork();
  }

  #closeUnread(): void {
    this.#limitReached('MAX_BUFFERED_BYTES');
    this.close('too_slow');
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!this.#isWithinRate()) return;
    if (!isBinary && typeOf(data.toString()) === 'ping') {
      this.#tell({ event: 'pong', data: { timestamp: Date.now() } });
    } else {
      this.#ignore();
    }
  }

  /** `ws` answers each ping, whether or not the client reads the pongs. */
  #countControlFrame(): void {
    if (this.#isWithinRate() && this.#sender.isFull) this.#closeUnread();
  }

  /** Counts a message or a control frame. Closes the socket and returns false where there were too many. */
  #isWithinRate(): boolean {
    if (this.#closing) return false;
    if (this.#allowed.take()) return true;
    this.#limitReached('MESSAGES_PER_SECOND');
    this.close('rate_limited');
    this.#socket.pause(); // A client that floods the server may go on while the socket closes.
    return false;
  }

  #failed(error: Error): void {
    const limit = limitOfFailure(error);
    if (limit) this.#limitReached(limit);
    else this.#options.logger.debug({ err: error }, 'socket error');
  }

  #limitReached(limit: string): void {
    const { identity, journal, logger } = this.#options;
    logger.warn({ limit }, 'limit reached');
    journal({ kind: 'limit-reached', user: identity.userId, target: limit });
  }

  /** What is no message counts, and the first of a socket is logged. */
  #ignore(): void {
    this.#options.tally.error();
    if (this.#saidIgnored) return;
    this.#saidIgnored = true;
    this.#options.logger.info('a message is ignored, and those after it that are none');
  }
}

/** The type of a message; undefined for what is none. */
function typeOf(text: string): unknown {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
  } catch {
    return undefined;
  }
}
