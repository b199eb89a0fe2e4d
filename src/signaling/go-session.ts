import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { type Code, codes } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import { encodeGoChat, encodeGoOffer } from '../protocol/go.ts';
import { methods } from '../protocol/methods.ts';
import { sendChat } from '../rooms/chat.ts';
import { type FingerprintAlgorithm, OfferedMember, type OfferSink } from '../rooms/offered-member.ts';
import type { Room } from '../rooms/room.ts';
import type { Place } from '../rooms/rooms.ts';
import { Bearer } from './bearer.ts';
import { type GoTaker, speakGo } from './go-frames.ts';
import { Joining } from './joining.ts';
import { LimitNotes } from './limit-notes.ts';
import { SessionLink } from './session-link.ts';
import type { SessionOptions } from './session-options.ts';

type State =
  /** Its place in the room is being made, or it waits in the lobby. */
  { is: 'entering' } | { is: 'entered'; place: Place<OfferedMember> } | { is: 'ended'; code: Code };

interface Options extends Omit<SessionOptions, 'onEntered'> {
  fingerprint: FingerprintAlgorithm;
}

/**
 * A client of the Go server: the upgrade is its join, and this server makes the offers. What its protocol cannot say ends the
 * socket with the code of it.
 */
export class GoSession implements OfferSink, GoTaker {
  readonly #options: Options;
  readonly #bearer: Bearer;
  readonly #link: SessionLink;
  readonly #joining: Joining;
  readonly #limits: LimitNotes;
  readonly #ending = new AbortController();
  #state: State = { is: 'entering' };
  #detachedAt: number | undefined;
  #logger: Logger;

  constructor(socket: WebSocket, options: Options) {
    const { journal, logger } = options;
    this.#options = options;
    this.#logger = logger;
    this.#limits = new LimitNotes({ identity: () => this.identity, journal });
    this.#link = this.#openLink(socket);
    this.#bearer = this.#watchToken();
    this.#joining = this.#startJoining();
    this.#enter().catch((error: unknown) => this.#failed(error));
  }

  /** Resolves when it has ended and its socket is gone. */
  get closed(): Promise<void> {
    return this.#link.closed;
  }

  /** Who the client is, by the token that it showed last. */
  get identity(): Identity {
    return this.#bearer.identity;
  }

  /** When its socket was lost, on the clock of `performance.now()`; undefined while it has one, and after its end. */
  get detachedAt(): number | undefined {
    return this.#state.is === 'entered' ? this.#detachedAt : undefined;
  }

  /** Goes on over another socket of its user. A token that ends later than the last one takes its place. */
  resume(socket: WebSocket, identity: Identity): void {
    if (this.#state.is !== 'entered') {
      socket.close(codes.left.close, 'left');
      return;
    }
    this.#detachedAt = undefined;
    this.#link.replace(socket);
    this.#bearer.cameBack(identity);
    this.#link.ping();
    void this.#state.place.member.resumed();
    this.#logger.info('resumed');
  }

  close(code: Code): void {
    this.#end(code);
    this.#link.close(code);
  }

  sendOffer(sdp: string): void {
    this.#link.send(encodeGoOffer(sdp));
  }

  /** Of all that happens in a room the protocol knows its chat. */
  tell({ name, data }: OutgoingEvent): void {
    if (name !== 'chatReceived' || !('text' in data) || this.#state.is !== 'entered') return;
    const { room } = this.#state.place;
    const from = room.membersOf().find(({ id }) => id === data.from)?.identity.name;
    this.#link.send(encodeGoChat({ message: data.text, from, at: data.at }));
  }

  noteLimit(limit: string): void {
    this.#logger.warn({ limit }, 'limit reached');
    this.#limits.add(limit);
  }

  answered(sdp: string): void {
    if (this.#state.is !== 'entered') return;
    const { member } = this.#state.place;
    member.answer(sdp).then(
      () => this.#joining.settle(),
      (error: unknown) => this.#failed(error),
    );
  }

  /** A line that cannot be sent is dropped, as the protocol has no way to refuse it. */
  chatted(text: string): void {
    if (this.#state.is !== 'entered') return;
    const { member, room } = this.#state.place;
    if (!member.may('chat') || !methods.chat.params.safeParse({ text }).success) return;
    try {
      this.#options.costs.take('chat', this.identity);
    } catch (error) {
      if (this.#limits.refused(toAppError(error).code, 'chat')) this.#logger.warn('limit reached');
      return;
    }
    sendChat(room, member, text);
  }

  #openLink(socket: WebSocket): SessionLink {
    const { limits, logger } = this.#options;
    const isResumable = () => this.#state.is === 'entered';
    const link = new SessionLink(socket, { limits, protocol: speakGo(this), isResumable, logger });
    link.on('rtt', (ms) => this.#measured(ms));
    link.on('limitReached', (limit) => this.#limits.add(limit));
    link.on('detached', () => this.#detached());
    link.on('ended', (code) => this.#end(code));
    return link;
  }

  #watchToken(): Bearer {
    const { identity, verifyToken, limits } = this.#options;
    return new Bearer(identity, {
      verifyToken,
      toleranceMs: limits.tokenToleranceMs,
      onExpiring: () => {},
      onExpired: () => this.close('token_expired'),
      onRenewed: (claims) => this.#member?.renewClaims(claims),
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

  async #enter(): Promise<void> {
    const { identity, rooms, costs } = this.#options;
    costs.take('connect', identity);
    const place = await rooms.enter({
      identity,
      onWaiting: () => this.#wait(),
      signal: this.#ending.signal,
      createMember: (room) => this.#openMember(room),
      onClosed: (code) => this.close(code),
    });
    const { member } = place;
    if (this.#state.is === 'ended') {
      const { code } = this.#state;
      member.close(code);
      throw new AppError(code);
    }
    this.#state = { is: 'entered', place };
    this.#logger = this.#logger.child({ peer: member.id });
    this.#joining.welcomed();
    member.join();
    this.#link.ping();
    this.#logger.info('joined');
  }

  #openMember(room: Room): Promise<OfferedMember> {
    return OfferedMember.open({ ...this.#options, room, client: this });
  }

  #wait(): void {
    this.#joining.wait();
    this.#logger.info('waits in the lobby');
  }

  #detached(): void {
    this.#detachedAt = performance.now();
    this.#member?.detached();
  }

  get #member(): OfferedMember | undefined {
    return this.#state.is === 'entered' ? this.#state.place.member : undefined;
  }

  #measured(ms: number): void {
    const roundTrip = this.#member?.media.roundTrip;
    roundTrip?.add(ms);
    if (roundTrip && !roundTrip.settled) this.#link.ping();
  }

  #failed(thrown: unknown): void {
    if (this.#state.is === 'ended') return;
    const error = toAppError(thrown);
    if (error.code === 'internal') this.#logger.error({ err: error.cause }, 'a session failed');
    else this.#logger.warn({ code: error.code, message: error.message }, 'a session ends');
    this.#limits.turnedAway(error.code);
    this.close(error.code);
  }

  /** Once: stops the timers and takes the member out of its room. */
  #end(code: Code): void {
    if (this.#state.is === 'ended') return;
    const member = this.#member;
    this.#state = { is: 'ended', code };
    this.#joining.settle();
    this.#bearer.stop();
    this.#ending.abort(code);
    member?.close(code);
  }
}
