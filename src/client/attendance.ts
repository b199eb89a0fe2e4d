import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { RoomAsFound } from '../protocol/model.ts';
import { Connector } from './connector.ts';
import type { Endpoints } from './endpoints.ts';
import { type ErrorCode, RoomError } from './errors.ts';
import type { Preparation } from './preparation.ts';
import type { RoomEvents, RoomState } from './room-events.ts';
import type { RoomView } from './room-view.ts';
import { Session, type SessionOptions } from './session.ts';
import { mediaIdOf } from './session-media.ts';
import type { CreateWebSocket } from './socket.ts';
import { nextTask } from './task.ts';
import type { Tokens } from './tokens.ts';

interface Options {
  endpoints: Endpoints;
  tokens: Tokens;
  prepare: () => Promise<Preparation>;
  iceTransportPolicy: RTCIceTransportPolicy | undefined;
  createWebSocket: CreateWebSocket | undefined;
  /** What is found there, and what is shown there. */
  view: RoomView;
  tell: <E extends keyof RoomEvents>(event: E, ...args: RoomEvents[E]) => void;
  /** There will be no other session. */
  onEnded: (code: ErrorCode) => void;
}

/** How this peer gets into its room, stays there, and comes back when its connection or its media was lost. */
export class Attendance {
  readonly #options: Options;
  readonly #ended = new AbortController();
  readonly #connector: Connector;
  #state: RoomState = 'idle';
  /** What it was before it waited in the lobby. */
  #stateBeforeWaiting: RoomState = 'connecting';
  #joining: Promise<void> | undefined;
  /** Whether a session that is opened anew joins too. */
  #wantsJoin = false;
  #joined: Session | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#connector = new Connector({
      open: (signal, previous) => this.#openSession(signal, previous),
      restore: async (session) => (this.#wantsJoin ? await this.#joinSession(session) : session.warm()),
      onLost: (reason) => this.#lost(reason),
      onRestored: (resumed) => {
        this.#setState(this.#wantsJoin ? 'joined' : 'connected');
        options.tell('reconnected', { resumed });
      },
      onEnded: (code) => this.#over(code),
    });
  }

  get state(): RoomState {
    return this.#state;
  }

  /** The session that is, joined or not, if only while its socket is being replaced. */
  get session(): Session | undefined {
    return this.#connector.session;
  }

  /** The session that has joined, also while its socket is being replaced; undefined while there is none. */
  get joined(): Session | undefined {
    return this.#joined;
  }

  /** The session that has joined. Throws `connection_lost` where it is on its way back, `not_joined`. */
  active(): Session {
    if (this.#joined) return this.#joined;
    throw new RoomError(this.#state === 'reconnecting' ? 'connection_lost' : 'not_joined');
  }

  /** @throws RoomError with the server's reason, `unreachable`, `unsupported` */
  async connect(): Promise<void> {
    const session = await this.#open();
    if (!this.#wantsJoin) session.warm();
  }

  /** @throws RoomError with the server's reason, `unreachable`, `unsupported` */
  join(): Promise<void> {
    this.#joining ??= this.#join().catch((error: unknown) => {
      this.#joining = undefined;
      this.#wantsJoin = false;
      throw error;
    });
    return this.#joining;
  }

  leave(): void {
    this.#connector.end('left');
  }

  async #open(): Promise<Session> {
    if (this.#state === 'idle') this.#setState('connecting');
    try {
      const session = await this.#connector.open();
      if (this.#state === 'connecting') this.#setState('connected');
      return session;
    } catch (error) {
      if (this.#state === 'connecting') this.#setState('idle');
      throw error;
    }
  }

  async #openSession(signal: AbortSignal, previous: Session | undefined): Promise<Session> {
    const { prepare, tokens, view } = this.#options;
    const preparation = prepare(); // goes on while a token is got
    const token = await tokens.get();
    try {
      const session = await Session.open(this.#sessionOptions({ preparation, token, signal }), previous);
      if (previous && session !== previous) this.#forget(previous);
      if (session !== previous) view.standing.welcome(session.welcome);
      return session;
    } catch (error) {
      throw this.#state === 'waiting' && this.#mayKnockAgain(error)
        ? new RoomError('connection_lost', undefined, { cause: error })
        : error;
    } finally {
      if (this.#state === 'waiting') this.#setState(this.#stateBeforeWaiting);
    }
  }

  #sessionOptions(own: Pick<SessionOptions, 'preparation' | 'token' | 'signal'>): SessionOptions {
    const { endpoints, iceTransportPolicy, createWebSocket, view, tell } = this.#options;
    return {
      ...own,
      endpoints,
      iceTransportPolicy,
      createWebSocket,
      onWaiting: () => this.#wait(),
      onSnapshot: (from, snapshot) => {
        this.#find(from, snapshot);
        view.followMissed(snapshot.room);
        this.#deliver(from);
      },
      onTrack: ({ peerId, producerId }, track) => view.peers.setTrack(peerId, producerId, track),
      onTrackClosed: ({ peerId, producerId }) => view.peers.removeTrack(peerId, producerId),
      onData: ({ peerId, reliability }, data) =>
        tell('data', { peer: view.peers.all.get(peerId), reliability, data }),
      onTransportState: (direction, state) => tell('mediaStateChanged', direction, state),
    };
  }

  /** Whether only the token has ended in the lobby, where it is not renewed, and there is another to come with. */
  #mayKnockAgain(error: unknown): boolean {
    return this.#options.tokens.renewable && error instanceof RoomError && error.code === 'token_expired';
  }

  #wait(): void {
    this.#connector.keepTrying();
    this.#stateBeforeWaiting = this.#state;
    this.#setState('waiting');
  }

  async #join(): Promise<void> {
    this.#wantsJoin = true;
    for (;;) {
      const session = await this.#open();
      try {
        return await this.#joinSession(session);
      } catch (error) {
        if (session.open) {
          this.#setState('connected');
          throw error;
        }
        await session.closed; // and go on with the next one, unless there is none to come
      }
    }
  }

  async #joinSession(session: Session): Promise<void> {
    if (this.#joined === session) return;
    if (this.#state === 'connected') this.#setState('joining');
    const { presence, wants } = this.#options.view;
    const { publications, metadata } = presence;
    const room = await session.join({ publications, metadata, rules: wants.rules });
    if (this.#joined === session) return; // a second wait for the same join
    this.#joined = session;
    this.#find(session, room);
    if (presence.handRaised) session.request('setHandRaised', { raised: true }).catch(() => {}); // lost with the session
    this.#setState('joined');
    void nextTask().then(() => {
      if (this.#joined === session) this.#deliver(session);
    });
  }

  /** Shows the room as an answer or a snapshot tells it, and receives what there is. */
  #find(session: Session, found: RoomAsFound): void {
    if (!session.isNews(found)) return;
    this.#options.view.reset(found);
    session.media.subscriptions.sync(found.consumers, found.dataConsumers);
  }

  #deliver(session: Session): void {
    session.deliver((event) => this.#handle(event));
  }

  #handle(event: AnyEvent): void {
    this.#options.view.apply(event);
    if (event.event === 'mediaReset') void this.#restoreMedia(event.data);
    if (event.event === 'tokenExpiring') this.#tokenExpiring(event.data.expiresAt);
  }

  /** The server has lost the media of the room, and has new transports for it. */
  async #restoreMedia(remote: EventData<'mediaReset'>): Promise<void> {
    const session = this.#joined;
    if (!session || session.media.id === mediaIdOf(remote)) return; // told once more, after a snapshot
    const { view, tell } = this.#options;
    this.#lost('media_lost');
    view.peers.dropTracks();
    try {
      this.#find(session, await session.restoreMedia(remote, view.presence.publications));
      this.#setState('joined');
      tell('reconnected', { resumed: true });
    } catch (error) {
      // Lost once more: another reset follows in the events. Or the session is over, which is told by itself.
      if (!(error instanceof RoomError)) throw error;
    }
    if (session.open) this.#deliver(session);
  }

  #tokenExpiring(expiresAt: number): void {
    const { tell, tokens } = this.#options;
    tell('tokenExpiring', { expiresAt: new Date(expiresAt) });
    const { session } = this.#connector;
    if (session) void tokens.refresh(session.request, expiresAt, this.#ended.signal);
  }

  /** A session that the server has forgotten: another one takes its place. */
  #forget(session: Session): void {
    if (this.#joined === session) this.#joined = undefined;
    this.#options.view.presence.detach();
    this.#options.view.peers.dropTracks();
  }

  #lost(reason: ErrorCode): void {
    this.#setState('reconnecting');
    this.#options.tell('reconnecting', { reason });
  }

  #over(code: ErrorCode): void {
    this.#ended.abort();
    this.#joined = undefined;
    this.#setState('left'); // first: who is told of the publications can see why they end
    this.#options.view.close();
    this.#options.onEnded(code);
  }

  #setState(state: RoomState): void {
    if (this.#state === state || this.#state === 'left') return;
    this.#state = state;
    this.#options.tell('stateChanged', state);
  }
}
