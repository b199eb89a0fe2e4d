import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import type { Code } from '../protocol/codes.ts';
import type { EventData } from '../protocol/events.ts';
import { type EncodedEvent, encodeEvent, numberEvent, type RequestFrame } from '../protocol/frames.ts';
import type { Place, Rooms } from '../rooms/rooms.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import { handle } from './room-handlers.ts';

export interface SessionLimits extends ConnectionLimits {
  joinTimeoutMs: number;
  chatPerMinute: number;
}

export interface SessionOptions {
  identity: Identity;
  rooms: Rooms;
  limits: SessionLimits;
  /** The hash of the router capabilities that clients fetch beforehand. */
  capabilitiesHash: string;
  logger: Logger;
  /** Called once, when the peer has joined or the session has ended. */
  onSettled: () => void;
}

/** The codes of limits that requests reach. */
const LIMIT_CODES: ReadonlySet<Code> = new Set(['limit_reached', 'rate_limited', 'room_full']);

/** A socket in a room: opens its place there, numbers its events, and ends with either of them. */
export class RoomSession {
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #place: Promise<Place>;
  readonly #chatRate: TokenBucket;
  readonly #joinTimer: NodeJS.Timeout;
  #logger: Logger;
  readonly #limitsReached = new Set<string>();
  #lastSeq = 0;
  #ended: Code | undefined;

  /** Listens to the socket at once: what comes while the room opens waits for it. */
  constructor(socket: WebSocket, options: SessionOptions) {
    this.#options = options;
    this.#logger = options.logger;
    const { chatPerMinute } = options.limits;
    this.#chatRate = new TokenBucket({ rate: chatPerMinute / 60, burst: chatPerMinute });
    this.#connection = new Connection(socket, {
      limits: options.limits,
      handle: (request) => this.#handle(request),
      logger: options.logger,
    });
    this.closed = new Promise((resolve) => {
      this.#connection.once('closed', ({ code, close, reason }) => {
        this.#end(code);
        this.#logger.info({ code, close, reason }, 'disconnected');
        resolve();
      });
    });
    this.#joinTimer = setTimeout(() => this.close('join_timeout'), options.limits.joinTimeoutMs);
    this.#place = this.#enter();
    this.#place.catch((error: unknown) => this.#failed(error));
  }

  /** Tells that the server closes and when to come back, in milliseconds; then closes. */
  closeForRestart(retryAfter: number): Promise<void> {
    this.#tell(encodeEvent('closing', { code: 'server_closing', retryAfter }));
    this.close('server_closing');
    return this.closed;
  }

  close(code: Code): void {
    this.#end(code);
    this.#connection.close(code);
  }

  async #enter(): Promise<Place> {
    const { identity, rooms } = this.#options;
    const place = await rooms.enter(identity, (event) => this.#tell(event));
    const { peer } = place;
    if (this.#ended) {
      peer.close(this.#ended);
      throw new AppError(this.#ended);
    }
    this.#logger = this.#logger.child({ peer: peer.id });
    peer.once('closed', (code) => this.close(code));
    this.#connection.on('rtt', (ms) => {
      const { roundTrip } = peer.media;
      roundTrip.add(ms);
      if (!roundTrip.settled) this.#connection.ping();
    });
    this.#tell(encodeEvent('welcome', this.#welcome(place)));
    this.#connection.ping();
    return place;
  }

  #welcome({ peer, room }: Place): EventData<'welcome'> {
    const { userId, name, userType, grants } = peer.identity;
    return {
      protocol: 'aq.v1',
      peerId: peer.id,
      room: room.name,
      user: { id: userId, name, type: userType },
      grants: [...grants],
      capabilitiesHash: this.#options.capabilitiesHash,
      send: peer.media.options('send'),
      recv: peer.media.options('recv'),
      pingInterval: this.#options.limits.pingIntervalMs,
    };
  }

  async #handle({ method, params }: RequestFrame): Promise<unknown> {
    const place = await this.#place;
    try {
      const result = await handle({ ...place, chatRate: this.#chatRate }, method, params);
      if (method === 'join') this.#joined();
      return result;
    } catch (error) {
      if (error instanceof AppError) this.#noteLimit(error.code, method);
      throw error;
    }
  }

  /** A line for each limit that a client reaches, and not for each time that it does. */
  #noteLimit(code: Code, method: string): void {
    if (!LIMIT_CODES.has(code) || this.#limitsReached.has(`${code} ${method}`)) return;
    this.#limitsReached.add(`${code} ${method}`);
    this.#logger.warn({ code, method }, 'limit reached');
  }

  #joined(): void {
    clearTimeout(this.#joinTimer);
    this.#logger.info('joined');
    this.#options.onSettled();
  }

  #tell(event: EncodedEvent): void {
    this.#connection.send(numberEvent(++this.#lastSeq, event));
  }

  #failed(thrown: unknown): void {
    if (this.#ended) return;
    const error = toAppError(thrown);
    if (error.code === 'internal') this.#logger.error({ err: error.cause }, 'room not entered');
    else this.#logger.warn({ code: error.code }, 'room not entered');
    this.close(error.code);
  }

  /** Once: stops the timer and takes the peer out of its room. */
  #end(code: Code): void {
    if (this.#ended) return;
    this.#ended = code;
    clearTimeout(this.#joinTimer);
    this.#options.onSettled();
    this.#place.then(
      ({ peer }) => peer.close(code),
      () => {}, // it was never entered
    );
  }
}
