import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import type { IceServer, IceServers } from '../auth/ice-servers.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { type Code, codes } from '../protocol/codes.ts';
import type { EventData } from '../protocol/events.ts';
import { type EncodedEvent, encodeEvent, type RequestFrame, socketEvent } from '../protocol/frames.ts';
import type { RoomAsFound } from '../protocol/model.ts';
import type { Moderation } from '../rooms/moderation.ts';
import type { EventSink } from '../rooms/peer.ts';
import type { Place, Rooms } from '../rooms/rooms.ts';
import { Bearer } from './bearer.ts';
import { EventLog, type EventLogLimits } from './event-log.ts';
import { Requests } from './requests.ts';
import { ResumeSecret } from './resume-ticket.ts';
import { handle } from './room-handlers.ts';
import { SessionLink, type SessionLinkOptions } from './session-link.ts';

export type SessionLimits = SessionLinkOptions['limits'] & OwnLimits;

interface OwnLimits extends EventLogLimits {
  joinTimeoutMs: number;
  chatPerMinute: number;
  /** How far the clock of the one who minted a token may be off, in milliseconds. */
  tokenToleranceMs: number;
}

export interface SessionOptions {
  identity: Identity;
  /** Who the bearer of a token is; throws its refusal. */
  verifyToken: (token: string) => Identity;
  iceServers: IceServers;
  rooms: Rooms;
  moderation: Moderation;
  journal: Journal;
  /** When its upgrade came, on the clock of `performance.now()`. */
  arrivedAt: number;
  /** Called once: the server took so many milliseconds of the join. */
  onJoined: (ms: number) => void;
  limits: SessionLimits;
  /** The hash of the router capabilities that clients fetch beforehand. */
  capabilitiesHash: string;
  logger: Logger;
  /** Called once, when the peer has joined or the session has ended. */
  onSettled: () => void;
  /** Called once, when there is a peer, under whose id the session may be resumed. */
  onEntered: (session: RoomSession, peerId: string) => void;
}

/** The codes of limits that requests reach, and those who come in. */
const LIMIT_CODES: ReadonlySet<Code> = new Set([
  'limit_reached',
  'rate_limited',
  'room_full',
  'node_full',
  'lobby_full',
]);

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
  #joinTimer: NodeJS.Timeout;
  readonly #limitsReached = new Set<string>();
  #endedWith: Code | undefined;
  #logger: Logger;
  #entered: Place | undefined;
  #waiting = false;
  /** From the upgrade to the welcome, until that is told; undefined after a wait in the lobby. */
  #welcomeMs: number | undefined;

  /** Listens to the socket at once: what comes while the room opens waits for it. */
  constructor(socket: WebSocket, options: SessionOptions) {
    const { identity, limits, logger } = options;
    this.#options = options;
    this.#logger = logger;
    this.#events = new EventLog(limits);
    this.#chatRate = new TokenBucket({ rate: limits.chatPerMinute / 60, burst: limits.chatPerMinute });
    this.#requests = new Requests({
      handle: (request) => this.#handle(request),
      onAnswered: ({ method }, ms) => this.#answered(method, ms),
      logger,
    });
    this.#link = this.#open(socket);
    this.#bearer = new Bearer(identity, {
      verifyToken: options.verifyToken,
      toleranceMs: limits.tokenToleranceMs,
      onExpiring: (expiresAt) => {
        if (this.#entered) this.tell(encodeEvent('tokenExpiring', { expiresAt }));
      },
      onExpired: () => this.close('token_expired'),
      onRenewed: (claims) => this.#entered?.peer.renewClaims(claims),
    });
    this.#joinTimer = this.#startJoinTimer();
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
  iceServers(): IceServer[] {
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
    const snapshot = missed ? {} : { snapshot: this.#snapshot(this.#entered) };
    const resumed = { iceServers: this.iceServers(), ...snapshot };
    this.#link.send(socketEvent(encodeEvent('resumed', resumed)));
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
    this.#auditLimit(limit);
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
    link.on('limitReached', (limit) => this.#auditLimit(limit));
    link.on('detached', () => this.#entered?.peer.setReconnecting(true));
    link.on('ended', (code) => this.#end(code));
    return link;
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
    const waited = this.#waiting;
    if (waited) this.#joinTimer = this.#startJoinTimer();
    this.#waiting = false;
    this.#logger = this.#logger.child({ peer: peer.id });
    peer.once('closed', (code) => this.close(code));
    onEntered(this, peer.id);
    this.tell(encodeEvent('welcome', this.#welcome(place)));
    if (!waited) this.#welcomeMs = performance.now() - this.#options.arrivedAt;
    this.#tellExpiring();
    this.#link.ping();
    return place;
  }

  /** That the token ends soon, where that was told before there was anybody to hear it. */
  #tellExpiring(): void {
    const { expiringAtMs: expiresAt } = this.#bearer;
    if (expiresAt !== undefined) this.tell(encodeEvent('tokenExpiring', { expiresAt }));
  }

  /** The server's part of a join: until the welcome, and until the answer. What the client took between is its own. */
  #answered(method: string, ms: number): void {
    if (method !== 'join' || !this.#entered?.peer.joined || this.#welcomeMs === undefined) return;
    this.#options.onJoined(this.#welcomeMs + ms);
    this.#welcomeMs = undefined;
  }

  /** In the lobby: for as long as the client likes. */
  #wait(): void {
    const { identity, limits } = this.#options;
    clearTimeout(this.#joinTimer);
    this.#waiting = true;
    this.#logger.info('waits in the lobby');
    const { userId: id, name, userType: type, room } = identity;
    const user = { id, name, type };
    const { pingIntervalMs: pingInterval } = limits;
    this.tell(encodeEvent('waiting', { protocol: 'aq.v1', room, user, pingInterval }));
  }

  #startJoinTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#auditLimit('join_timeout');
      this.close('join_timeout');
    }, this.#options.limits.joinTimeoutMs);
  }

  #welcome({ peer, room }: Place): EventData<'welcome'> {
    const { userId, name, userType, grants } = peer.identity;
    return {
      protocol: 'aq.v1',
      peerId: peer.id,
      resumeSecret: this.#secret.text,
      room: room.name,
      user: { id: userId, name, type: userType },
      grants: [...grants],
      capabilitiesHash: this.#options.capabilitiesHash,
      send: peer.media.options('send'),
      recv: peer.media.options('recv'),
      iceServers: this.iceServers(),
      pingInterval: this.#options.limits.pingIntervalMs,
    };
  }

  #snapshot({ peer, room }: Place): RoomAsFound {
    return { seq: this.lastSeq, room: room.info(peer), peers: room.others(peer), ...peer.receives() };
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
      if (error instanceof AppError) this.#refused(error.code, method);
      throw error;
    }
  }

  /** Who waits in the lobby can show that it is alive, and leave. */
  #handleWaiting(method: string): void {
    if (method === 'leave') setImmediate(() => this.close('left'));
    else if (method !== 'ping') throw new AppError('not_admitted');
  }

  /** A line for each limit that a client reaches, and not for each time that it does. */
  #refused(code: Code, method: string): void {
    if (!LIMIT_CODES.has(code) || this.#limitsReached.has(`${code} ${method}`)) return;
    this.#limitsReached.add(`${code} ${method}`);
    this.#logger.warn({ code, method }, 'limit reached');
    this.#auditLimit(`${code} ${method}`);
  }

  #auditLimit(limit: string): void {
    const { userId: user, room } = this.identity;
    this.#options.journal({ kind: 'limit-reached', user, room, target: limit });
  }

  #joined(): void {
    clearTimeout(this.#joinTimer);
    this.#logger.info('joined');
    this.#options.onSettled();
  }

  #failed(thrown: unknown): void {
    if (this.ended) return;
    const error = toAppError(thrown);
    if (error.code === 'internal') this.#logger.error({ err: error.cause }, 'room not entered');
    else this.#logger.warn({ code: error.code }, 'room not entered');
    if (LIMIT_CODES.has(error.code)) this.#auditLimit(error.code);
    this.close(error.code);
  }

  /** Once: stops the timers and takes the peer out of its room. */
  #end(code: Code): void {
    if (this.#endedWith) return;
    this.#endedWith = code;
    clearTimeout(this.#joinTimer);
    this.#bearer.stop();
    this.#ending.abort(code);
    this.#options.onSettled();
    this.#place.then(
      ({ peer }) => peer.close(code),
      () => {}, // it was never entered
    );
  }
}
