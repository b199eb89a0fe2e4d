import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { type Code, codes } from '../protocol/codes.ts';
import { type EncodedEvent, encodeEvent, type RequestFrame, socketEvent } from '../protocol/frames.ts';
import type { IceServerInfo } from '../protocol/model.ts';
import type { EventSink } from '../rooms/event-sink.ts';
import type { Place } from '../rooms/rooms.ts';
import { Bearer } from './bearer.ts';
import { EventLog } from './event-log.ts';
import { snapshot, waiting, welcome } from './greetings.ts';
import { JoinTime } from './join-time.ts';
import { LimitNotes } from './limit-notes.ts';
import { Requests } from './requests.ts';
import { ResumeSecret } from './resume-ticket.ts';
import { handle } from './room-handlers.ts';
import { SessionLink } from './session-link.ts';
import type { SessionOptions } from './session-options.ts';

/**
 * What a peer keeps while its socket comes and goes: its place in a room, its numbered events, and what was answered.
 * It ends with its peer, or when no socket has come back in the grace time.
 */
export class RoomSession implements EventSink {
  readonly #options: SessionOptions;
  readonly #secret = new ResumeSecret();
  readonly #bearer: Bearer;
  readonly #link: SessionLink;
  readonly #events: EventLog;
  readonly #requests: Requests;
  readonly #place: Promise<Place>;
  readonly #chatRate: TokenBucket;
  readonly #ending = new AbortController();
  readonly #joinTime: JoinTime;
  readonly #limits: LimitNotes;
  #endedWith: Code | undefined;
  #logger: Logger;
  #entered: Place | undefined;
  #waiting = false;

  /** Listens to the socket at once: what comes while the room opens waits for it. */
  constructor(socket: WebSocket, options: SessionOptions) {
    const { limits, journal, logger } = options;
    this.#options = options;
    this.#logger = logger;
    this.#events = new EventLog(limits);
    this.#limits = new LimitNotes({ identity: () => this.identity, journal });
    this.#chatRate = new TokenBucket({ rate: limits.chatPerMinute / 60, burst: limits.chatPerMinute });
    this.#requests = new Requests({
      handle: (request) => this.#handle(request),
      onAnswered: ({ method }, ms) => {
        if (method === 'join' && this.#entered?.peer.joined) this.#joinTime.answered(ms);
      },
      logger,
    });
    this.#link = this.#open(socket);
    this.#bearer = this.#watchToken();
    this.#joinTime = this.#startJoinTime();
    this.#place = this.#enter();
    this.#place.catch((error: unknown) => this.#failed(error));
  }

  /** Resolves when it has ended and its socket is gone. */
  get closed(): Promise<void> {
    return this.#link.closed;
  }

  get ended(): boolean {
    return this.#endedWith !== undefined;
  }

  /** Who the client is, by the token that it showed last. */
  get identity(): Identity {
    return this.#bearer.identity;
  }

  /** Servers for the client's transports, with credentials that begin now. */
  iceServers(): IceServerInfo[] {
    return this.#options.iceServers(this.identity.userId);
  }

  /** Lives by another token from now on. Throws its refusal, and `forbidden` for another user or room. */
  refreshToken(token: string): { expiresAt: number } {
    return this.#bearer.refresh(token);
  }

  /** Whether this is the secret that `welcome` told to this session's client alone. */
  accepts(secret: string): boolean {
    return this.#secret.equals(secret);
  }

  /**
   * Goes on over another socket, whose client has seen all events up to `after`: it gets those that it missed, or the
   * room as it is now, where they are more than were kept. A socket that is still there is closed. A token that ends
   * later than the last one takes its place.
   */
  resume(socket: WebSocket, after: number, identity: Identity): void {
    if (this.ended || !this.#entered) {
      socket.close(codes.left.close, 'left');
      return;
    }
    const { peer } = this.#entered;
    this.#link.replace(socket);
    const missed = this.#events.after(after);
    const now = missed ? {} : { snapshot: snapshot(this.#entered, this.lastSeq) };
    this.#link.send(socketEvent(encodeEvent('resumed', { iceServers: this.iceServers(), ...now })));
    for (const frame of missed ?? []) this.#link.send(frame);
    if (!missed) peer.retell();
    this.#bearer.cameBack(identity);
    if (!missed) this.#tellExpiring();
    this.#link.ping();
    peer.setReconnecting(false);
    this.#logger.info({ missed: missed?.length ?? 'too many' }, 'resumed');
  }

  /** Tells that the server closes and when to come back, in milliseconds; then closes. */
  closeForRestart(retryAfter: number): Promise<void> {
    this.tell(encodeEvent('closing', { code: 'server_closing', retryAfter }));
    this.close('server_closing');
    return this.closed;
  }

  /** The number of the last event. */
  get lastSeq(): number {
    return this.#events.lastSeq;
  }

  /** Numbers an event, keeps it, and sends it where there is a socket. */
  tell(event: EncodedEvent): void {
    this.#link.send(this.#events.add(event));
  }

  /** A line for a limit that the peer has reached. */
  noteLimit(limit: string): void {
    this.#logger.warn({ limit }, 'limit reached');
    this.#limits.add(limit);
  }

  close(code: Code): void {
    this.#end(code);
    this.#link.close(code);
  }

  #open(socket: WebSocket): SessionLink {
    const { limits, logger } = this.#options;
    const isResumable = () => this.#entered?.peer.joined ?? false;
    const link = new SessionLink(socket, { limits, requests: this.#requests, isResumable, logger });
    link.on('rtt', (ms) => this.#measured(ms));
    link.on('limitReached', (limit) => this.#limits.add(limit));
    link.on('detached', () => this.#entered?.peer.setReconnecting(true));
    link.on('ended', (code) => this.#end(code));
    return link;
  }

  #watchToken(): Bearer {
    const { identity, verifyToken, limits } = this.#options;
    return new Bearer(identity, {
      verifyToken,
      toleranceMs: limits.tokenToleranceMs,
      onExpiring: (expiresAt) => {
        if (this.#entered) this.tell(encodeEvent('tokenExpiring', { expiresAt }));
      },
      onExpired: () => this.close('token_expired'),
      onRenewed: (claims) => this.#entered?.peer.renewClaims(claims),
    });
  }

  #startJoinTime(): JoinTime {
    const { arrivedAt, limits, onJoined } = this.#options;
    const onTimeout = () => {
      this.#limits.add('join_timeout');
      this.close('join_timeout');
    };
    return new JoinTime({ arrivedAt, timeoutMs: limits.joinTimeoutMs, onTimeout, onJoined });
  }

  async #enter(): Promise<Place> {
    const { identity, rooms, onEntered } = this.#options;
    const place = await rooms.enter({
      identity,
      events: this,
      onWaiting: () => this.#wait(),
      signal: this.#ending.signal,
    });
    const { peer } = place;
    if (this.#endedWith) {
      peer.close(this.#endedWith);
      throw new AppError(this.#endedWith);
    }
    this.#entered = place;
    this.#waiting = false;
    this.#joinTime.welcomed();
    this.#logger = this.#logger.child({ peer: peer.id });
    peer.once('closed', (code) => this.close(code));
    onEntered(peer.id);
    this.#welcome(place);
    this.#tellExpiring();
    this.#link.ping();
    return place;
  }

  /** That the token ends soon, where that was told before there was anybody to hear it. */
  #tellExpiring(): void {
    const { expiringAtMs: expiresAt } = this.#bearer;
    if (expiresAt !== undefined) this.tell(encodeEvent('tokenExpiring', { expiresAt }));
  }

  #wait(): void {
    const { identity, limits } = this.#options;
    this.#joinTime.pause();
    this.#waiting = true;
    this.#logger.info('waits in the lobby');
    this.tell(encodeEvent('waiting', waiting(identity, limits.pingIntervalMs)));
  }

  #welcome(place: Place): void {
    const { capabilitiesHash, limits } = this.#options;
    const options = {
      resumeSecret: this.#secret.text,
      capabilitiesHash,
      iceServers: this.iceServers(),
      pingInterval: limits.pingIntervalMs,
    };
    this.tell(encodeEvent('welcome', welcome(place, options)));
  }

  #measured(ms: number): void {
    if (!this.#entered) return;
    const { roundTrip } = this.#entered.peer.media;
    roundTrip.add(ms);
    if (!roundTrip.settled) this.#link.ping();
  }

  async #handle({ method, params }: RequestFrame): Promise<unknown> {
    if (this.#waiting) return this.#handleWaiting(method);
    const place = await this.#place;
    const { moderation } = this.#options;
    try {
      const result = await handle(
        { ...place, session: this, moderation, chatRate: this.#chatRate },
        method,
        params,
      );
      if (method === 'join') this.#joined();
      return result;
    } catch (error) {
      if (error instanceof AppError && this.#limits.refused(error.code, method)) {
        this.#logger.warn({ code: error.code, method }, 'limit reached');
      }
      throw error;
    }
  }

  /** Who waits in the lobby can show that it is alive, and leave. */
  #handleWaiting(method: string): void {
    if (method === 'leave') setImmediate(() => this.close('left'));
    else if (method !== 'ping') throw new AppError('not_admitted');
  }

  #joined(): void {
    this.#joinTime.stop();
    this.#logger.info('joined');
    this.#options.onSettled();
  }

  #failed(thrown: unknown): void {
    if (this.ended) return;
    const error = toAppError(thrown);
    if (error.code === 'internal') this.#logger.error({ err: error.cause }, 'room not entered');
    else this.#logger.warn({ code: error.code }, 'room not entered');
    this.#limits.turnedAway(error.code);
    this.close(error.code);
  }

  /** Once: stops the timers and takes the peer out of its room. */
  #end(code: Code): void {
    if (this.#endedWith) return;
    this.#endedWith = code;
    this.#joinTime.stop();
    this.#bearer.stop();
    this.#ending.abort(code);
    this.#options.onSettled();
    this.#place.then(
      ({ peer }) => peer.close(code),
      () => {}, // it was never entered
    );
  }
}
