import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { type Code, codes } from '../protocol/codes.ts';
import { OutgoingEvent, type RequestFrame } from '../protocol/frames.ts';
import { isMethod } from '../protocol/methods.ts';
import type { IceServerInfo } from '../protocol/model.ts';
import type { EventSink } from '../rooms/event-sink.ts';
import { Peer } from '../rooms/peer.ts';
import type { Room } from '../rooms/room.ts';
import type { Place } from '../rooms/rooms.ts';
import { Bearer } from './bearer.ts';
import { waiting, welcome } from './greetings.ts';
import { Joining } from './joining.ts';
import { LimitNotes } from './limit-notes.ts';
import { speakRequests } from './request-frames.ts';
import { Requests } from './requests.ts';
import { ResumeSecret } from './resume-ticket.ts';
import { type HandlerContext, handle, isRepeatable, repeat } from './room-handlers.ts';
import type { SessionOptions } from './session-options.ts';
import { SessionStream } from './session-stream.ts';

type State =
  /** Its place in the room is being made. */
  | { is: 'entering' }
  /** In the lobby. */
  | { is: 'waiting' }
  | { is: 'entered'; place: Place<Peer> }
  | { is: 'ended'; code: Code };

/**
 * What a client keeps while its socket comes and goes: its place in a room, its numbered events, and what was answered.
 * It ends with its peer, or when no socket has come back in the grace time.
 */
export class RoomSession implements EventSink {
  readonly #options: SessionOptions;
  readonly #secret = new ResumeSecret();
  readonly #bearer: Bearer;
  readonly #stream: SessionStream;
  readonly #requests: Requests;
  readonly #joining: Joining;
  readonly #limits: LimitNotes;
  readonly #ending = new AbortController();
  /** Requests that come while the room opens wait for it. */
  readonly #place: Promise<Place<Peer>>;
  #state: State = { is: 'entering' };
  #logger: Logger;

  /** Listens to the socket at once, as requests may come before the room is open. */
  constructor(socket: WebSocket, options: SessionOptions) {
    const { journal, logger } = options;
    this.#options = options;
    this.#logger = logger;
    this.#limits = new LimitNotes({ identity: () => this.identity, journal });
    this.#requests = this.#takeRequests();
    this.#stream = this.#openStream(socket);
    this.#bearer = this.#watchToken();
    this.#joining = this.#startJoining();
    this.#place = this.#enter();
    this.#place.catch((error: unknown) => this.#failed(error));
  }

  /** Resolves when it has ended and its socket is gone. */
  get closed(): Promise<void> {
    return this.#stream.closed;
  }

  get ended(): boolean {
    return this.#state.is === 'ended';
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
    if (this.#state.is !== 'entered') {
      socket.close(codes.left.close, 'left');
      return;
    }
    const { member: peer } = this.#state.place;
    const isComplete = this.#stream.has(after);
    const snapshot = isComplete ? {} : { snapshot: peer.roomNow() };
    const resumed = new OutgoingEvent('resumed', { iceServers: this.iceServers(), ...snapshot });
    const missed = this.#stream.resume(socket, resumed, after);
    if (!isComplete) peer.retell();
    this.#bearer.cameBack(identity);
    if (!isComplete) this.#tellExpiring();
    this.#stream.ping();
    peer.setReconnecting(false);
    this.#logger.info({ missed: isComplete ? missed : 'too many' }, 'resumed');
  }

  /** Tells that the server closes and when to come back, in milliseconds; then closes. */
  closeForRestart(retryAfter: number): Promise<void> {
    this.tell(new OutgoingEvent('closing', { code: 'server_closing', retryAfter }));
    this.close('server_closing');
    return this.closed;
  }

  get lastSeq(): number {
    return this.#stream.lastSeq;
  }

  tell(event: OutgoingEvent): void {
    this.#stream.send(event);
  }

  noteLimit(limit: string): void {
    this.#logger.warn({ limit }, 'limit reached');
    this.#limits.add(limit);
  }

  close(code: Code): void {
    this.#end(code);
    this.#stream.close(code);
  }

  #takeRequests(): Requests {
    return new Requests({
      handle: (request) => this.#handle(request),
      isRepeatable,
      repeat: ({ method }) =>
        this.#state.is === 'entered' ? repeat(this.#context(this.#state.place), method) : undefined,
      onAnswered: ({ method }, outcome, ms) => {
        this.#options.onAnswered(isMethod(method) ? method : 'unknown', outcome, ms);
        if (method === 'join' && this.#hasJoined) this.#joining.answered(ms);
      },
      logger: this.#logger,
    });
  }

  #openStream(socket: WebSocket): SessionStream {
    const { limits, logger } = this.#options;
    const isResumable = () => this.#hasJoined;
    const { maxQueuedRequests } = limits;
    const protocol = speakRequests({ requests: this.#requests, maxQueuedRequests });
    const stream = new SessionStream(socket, { limits, protocol, isResumable, logger });
    stream.link.on('rtt', (ms) => this.#measured(ms));
    stream.link.on('limitReached', (limit) => this.#limits.add(limit));
    stream.link.on('detached', () => this.#peer?.setReconnecting(true));
    stream.link.on('ended', (code) => this.#end(code));
    return stream;
  }

  #watchToken(): Bearer {
    const { identity, verifyToken, limits } = this.#options;
    return new Bearer(identity, {
      verifyToken,
      toleranceMs: limits.tokenToleranceMs,
      onExpiring: (expiresAt) => {
        if (this.#peer) this.tell(new OutgoingEvent('tokenExpiring', { expiresAt }));
      },
      onExpired: () => this.close('token_expired'),
      onRenewed: (claims) => this.#peer?.renewClaims(claims),
    });
  }

  #startJoining(): Joining {
    const { arrivedAt, limits, onJoined, onSettled } = this.#options;
    const onTimeout = () => {
      this.#limits.add('join_timeout');
      this.close('join_timeout');
    };
    const timeoutMs = limits.joinTimeoutMs;
    return new Joining({ arrivedAt, timeoutMs, onTimeout, onSettled, onMeasured: onJoined });
  }

  async #enter(): Promise<Place<Peer>> {
    const { identity, rooms } = this.#options;
    const place = await rooms.enter({
      identity,
      onWaiting: () => this.#wait(),
      signal: this.#ending.signal,
      createMember: (room) => this.#openPeer(room),
      onClosed: (code) => this.close(code),
    });
    const { member: peer } = place;
    if (this.#state.is === 'ended') {
      const { code } = this.#state;
      peer.close(code);
      throw new AppError(code);
    }
    this.#state = { is: 'entered', place };
    this.#logger = this.#logger.child({ peer: peer.id });
    this.#joining.welcomed();
    this.#options.onEntered(peer.id);
    this.#welcome(peer);
    this.#tellExpiring();
    this.#stream.ping();
    return place;
  }

  #openPeer(room: Room): Promise<Peer> {
    const { identity, address, limits, logger } = this.#options;
    return Peer.open({ identity, address, room, limits, events: this, logger });
  }

  /** Tells that the token ends soon, where that was noticed before there was anybody to hear it. */
  #tellExpiring(): void {
    const { expiringAtMs: expiresAt } = this.#bearer;
    if (expiresAt !== undefined) this.tell(new OutgoingEvent('tokenExpiring', { expiresAt }));
  }

  #wait(): void {
    const { identity, limits } = this.#options;
    this.#state = { is: 'waiting' };
    this.#joining.wait();
    this.#logger.info('waits in the lobby');
    this.tell(new OutgoingEvent('waiting', waiting(identity, limits.pingIntervalMs)));
  }

  #welcome(peer: Peer): void {
    const { capabilitiesHash, limits } = this.#options;
    const options = {
      resumeSecret: this.#secret.text,
      capabilitiesHash,
      iceServers: this.iceServers(),
      pingInterval: limits.pingIntervalMs,
    };
    this.tell(new OutgoingEvent('welcome', welcome(peer, options)));
    // The secret to come back with is in it.
    this.#stream.forgetSent();
  }

  get #peer(): Peer | undefined {
    return this.#state.is === 'entered' ? this.#state.place.member : undefined;
  }

  get #hasJoined(): boolean {
    return this.#peer?.hasJoined ?? false;
  }

  #measured(ms: number): void {
    const roundTrip = this.#peer?.media.roundTrip;
    roundTrip?.add(ms);
    if (roundTrip && !roundTrip.settled) this.#stream.ping();
  }

  async #handle({ method, params }: RequestFrame): Promise<unknown> {
    if (this.#state.is === 'waiting') return this.#handleWaiting(method);
    const place = await this.#place;
    try {
      const result = await handle(this.#context(place), method, params);
      if (method === 'join') this.#joined();
      return result;
    } catch (error) {
      if (error instanceof AppError && this.#limits.refused(error.code, method)) {
        this.#logger.warn({ code: error.code, method }, 'limit reached');
      }
      throw error;
    }
  }

  #context({ member: peer, room }: Place<Peer>): HandlerContext {
    const { moderation, roomInvitations: invitations, costs } = this.#options;
    return { peer, room, session: this, moderation, invitations, costs };
  }

  /** Who waits in the lobby can show that it is alive, and leave. */
  #handleWaiting(method: string): void {
    if (method === 'leave') setImmediate(() => this.close('left'));
    else if (method !== 'ping') throw new AppError('not_admitted');
  }

  #joined(): void {
    this.#joining.settle();
    this.#logger.info('joined');
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
    if (this.#state.is === 'ended') return;
    const peer = this.#peer;
    this.#state = { is: 'ended', code };
    this.#joining.settle();
    this.#bearer.stop();
    this.#ending.abort(code);
    peer?.close(code);
  }
}
