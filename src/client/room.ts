import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { Grant, Source } from '../protocol/grants.ts';
import type { Metadata, RoomAsFound, RoomInfo } from '../protocol/model.ts';
import { Connector } from './connector.ts';
import { Emitter } from './emitter.ts';
import { type Endpoints, endpointsOf } from './endpoints.ts';
import { type ErrorCode, RoomError } from './errors.ts';
import { followEvent, followMutes } from './followed.ts';
import { type Moderation, moderationOver, type WaitingUser } from './moderation.ts';
import { Peers } from './peers.ts';
import { type Preparation, prepare } from './preparation.ts';
import { LocalPublication, type Publication, type PublishOptions } from './publication.ts';
import type { RemotePeer, RemoteSource } from './remote-peer.ts';
import type { RoomEvents, RoomState } from './room-events.ts';
import { Session, type SessionOptions } from './session.ts';
import { Standing } from './standing.ts';
import { type GetToken, Tokens } from './tokens.ts';
import type { Direction } from './transports.ts';

export interface RoomOptions {
  /** The server's origin, or the address of its WebSocket; where the page comes from by default. */
  url?: string;
  /** Says who joins which room. A function is asked for each connection, and before the last token ends. */
  token: string | GetToken;
  /** `relay` sends media over TURN servers alone; `all` by default. */
  iceTransportPolicy?: RTCIceTransportPolicy;
}

/**
 * A room of an aq-server, as one participant has it: connects, joins, publishes, and tells what the others do. It comes
 * back by itself when the connection is lost, and is used once: after `left` a new one is made.
 */
export class Room extends Emitter<RoomEvents> {
  /** What this peer can do to others and to the room, if it is a host. */
  readonly moderation: Moderation = moderationOver((method, params) =>
    this.#active().request(method, params),
  );
  readonly #endpoints: Endpoints;
  readonly #tokens: Tokens;
  readonly #iceTransportPolicy: RoomOptions['iceTransportPolicy'];
  readonly #ended = new AbortController();
  readonly #peers: Peers;
  readonly #standing: Standing;
  readonly #connector: Connector;
  readonly #publications = new Set<LocalPublication>();
  #state: RoomState = 'idle';
  /** What it was before it waited in the lobby. */
  #stateBeforeWaiting: RoomState = 'connecting';
  #preparation: Promise<Preparation> | undefined;
  #joining: Promise<void> | undefined;
  /** Whether a session that is opened anew joins too. */
  #wantsJoin = false;
  /** The session that has joined, also while its socket is being replaced; undefined while there is none. */
  #joined: Session | undefined;
  #metadata: Metadata | undefined;
  #handRaised = false;

  constructor({ url = location.origin, token, iceTransportPolicy }: RoomOptions) {
    super();
    this.#endpoints = endpointsOf(url);
    this.#tokens = new Tokens(token);
    this.#iceTransportPolicy = iceTransportPolicy;
    this.#peers = new Peers((event, ...args) => this.emit(event, ...args));
    this.#standing = new Standing({
      tell: (event, ...args) => this.emit(event, ...args),
      ownId: () => this.peerId,
      peer: (id) => this.peers.get(id),
    });
    this.#connector = new Connector({
      open: (signal, previous) => this.#openSession(signal, previous),
      restore: (session) => this.#restore(session),
      onLost: (reason) => this.#lost(reason),
      onRestored: (resumed) => {
        this.#setState(this.#wantsJoin ? 'joined' : 'connected');
        this.emit('reconnected', { resumed });
      },
      onEnded: (code) => this.#over(code),
    });
  }

  get state(): RoomState {
    return this.#state;
  }

  /** The others, by the id of the peer. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#peers.all;
  }

  get publications(): ReadonlySet<Publication> {
    return this.#publications;
  }

  /** The id of this peer. It changes when the server has forgotten the session, as one does that was restarted. */
  get peerId(): string | undefined {
    return this.#connector.session?.welcome.peerId;
  }

  /** The room's name, from the token. */
  get name(): string | undefined {
    return this.#connector.session?.welcome.room;
  }

  /** Who this peer is, from the token; a host may have changed its type. */
  get user(): { id: string; name: string; type: string } | undefined {
    const user = this.#connector.session?.welcome.user;
    return user && { ...user, type: this.#standing.userType ?? user.type };
  }

  /** Whether it is allowed at this moment, by the token and by hosts; false while there is no connection. */
  may(grant: Grant): boolean {
    return this.#connector.session !== undefined && this.#standing.grants.has(grant);
  }

  /** Whether nobody but hosts can join. */
  get locked(): boolean {
    return this.#standing.locked;
  }

  /** Whether all but hosts wait until they are admitted. */
  get lobby(): boolean {
    return this.#standing.lobby;
  }

  /** Who waits in the lobby, first come first; nobody where this peer is no host. */
  get waiting(): readonly WaitingUser[] {
    return [...this.#standing.waiting.values()];
  }

  /** The sources of this peer that hosts have muted until they allow them. */
  get mutedSources(): ReadonlySet<Source> {
    return this.#standing.mutedSources;
  }

  /** Does what can be done before there is a token. To be called as early as possible; `connect` and `join` do it too. */
  prepare(): Promise<void> {
    return this.#prepare().then(() => {});
  }

  /**
   * Connects and warms the media up, so that a later `join` is as fast as it can be. Nobody sees this peer yet.
   * @throws RoomError with the server's reason, `unreachable`, `unsupported`
   */
  async connect(): Promise<void> {
    const session = await this.#open();
    if (!this.#wantsJoin) session.warm();
  }

  /**
   * Joins, after connecting where that was not done, and publishes what was given to `publish` in the same flight.
   * @throws RoomError with the server's reason, `unreachable`, `unsupported`
   */
  join(): Promise<void> {
    this.#joining ??= this.#join().catch((error: unknown) => {
      this.#joining = undefined;
      this.#wantsJoin = false;
      throw error;
    });
    return this.#joining;
  }

  /** Publishes a track, now or with the join, and again after a reconnect. It ends with its track. */
  publish(track: MediaStreamTrack, options: PublishOptions): Publication {
    if (this.#state === 'left') throw new RoomError('left');
    const publication = new LocalPublication(track, options, (error) => {
      this.#publications.delete(publication);
      this.emit('publicationClosed', publication, error);
    });
    this.#publications.add(publication);
    const { session } = this.#connector;
    if (session?.joined) publication.attach(session.media);
    return publication;
  }

  /** Tells all others, or one of them, a text of 1 to 2,000 characters. `at` is in milliseconds since 1970. */
  chat(text: string, to?: RemotePeer): Promise<{ id: string; at: number }> {
    return this.#active().request('chat', { text, ...(to && { to: to.id }) });
  }

  /**
   * Sends a message of at most 64 KiB to all others, in order and complete, or, if it may be lost, as fast as it goes.
   * The first message of each kind takes some time longer: the others have to open a channel for it.
   */
  async sendData(
    data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
    { lossy = false }: { lossy?: boolean } = {},
  ): Promise<void> {
    await this.#active().media.data.send(data, lossy ? 'lossy' : 'reliable');
  }

  /** What this peer says of itself: a JSON object of at most 4,096 characters, which replaces the last one. */
  async setMetadata(metadata: Metadata): Promise<void> {
    this.#metadata = metadata;
    if (this.#joined) await this.#active().request('setMetadata', { metadata });
  }

  async setHandRaised(raised: boolean): Promise<void> {
    this.#handRaised = raised;
    await this.#active().request('setHandRaised', { raised });
  }

  /** For a source that is sent in several sizes: the best one that is of use here, from 0. */
  async setPreferredLayers(
    source: RemoteSource,
    layers: { spatialLayer: number; temporalLayer?: number },
  ): Promise<void> {
    const session = this.#active();
    const id = session.media.subscriptions.consumerId(source.id);
    if (id === undefined) throw new RoomError('not_found', 'this source is not received');
    await session.request('setPreferredLayers', { id, ...layers });
  }

  /** What the browser counts of the media of one direction, as `RTCPeerConnection.getStats` tells it. */
  async getStats(direction: Direction): Promise<RTCStatsReport> {
    return await this.#active().media.transports.getStats(direction);
  }

  /** Goes on with another token of the same user for the same room, where no function was given that gets one. */
  async refreshToken(token: string): Promise<void> {
    await this.#active().request('refreshToken', { token });
  }

  /** Leaves for good. Tracks go on unless they are to be stopped. */
  leave({ stopTracks = false }: { stopTracks?: boolean } = {}): void {
    if (stopTracks) for (const { track } of this.#publications) track.stop();
    this.#connector.end('left');
  }

  #prepare(): Promise<Preparation> {
    if (!this.#preparation) {
      this.#preparation = prepare(this.#endpoints.capabilities);
      this.#preparation.catch(() => {
        this.#preparation = undefined;
      });
    }
    return this.#preparation;
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
    const preparation = this.#prepare();
    const options = {
      endpoints: this.#endpoints,
      token: await this.#tokens.get(),
      iceTransportPolicy: this.#iceTransportPolicy,
      preparation,
      signal,
      onWaiting: () => this.#wait(),
      onSnapshot: (from: Session, snapshot: RoomAsFound) => {
        this.#find(from, snapshot);
        this.#followMissed(snapshot.room);
        this.#deliver(from);
      },
      onTrack: ({ peerId, producerId }, track) => this.#peers.setTrack(peerId, producerId, track),
      onData: ({ peerId, reliability }, data) =>
        this.emit('data', { peer: this.peers.get(peerId), reliability, data }),
      onTransportState: (direction, state) => this.emit('mediaStateChanged', direction, state),
    } satisfies SessionOptions;
    try {
      const session = await Session.open(options, previous);
      if (previous && session !== previous) this.#forget(previous);
      if (session !== previous) this.#standing.welcome(session.welcome);
      return session;
    } catch (error) {
      throw this.#state === 'waiting' && this.#mayKnockAgain(error)
        ? new RoomError('connection_lost', undefined, { cause: error })
        : error;
    } finally {
      if (this.#state === 'waiting') this.#setState(this.#stateBeforeWaiting);
    }
  }

  /** Whether only the token has ended in the lobby, where it is not renewed, and there is another to come with. */
  #mayKnockAgain(error: unknown): boolean {
    return this.#tokens.renewable && error instanceof RoomError && error.code === 'token_expired';
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
    const room = await session.join({ publications: this.#publications, metadata: this.#metadata });
    if (this.#joined === session) return; // a second wait for the same join
    this.#joined = session;
    this.#find(session, room);
    if (this.#handRaised) session.request('setHandRaised', { raised: true }).catch(() => {}); // lost with the session
    this.#setState('joined');
    this.#deliver(session);
  }

  async #restore(session: Session): Promise<void> {
    if (this.#wantsJoin) await this.#joinSession(session);
    else session.warm();
  }

  /** Shows the room as an answer or a snapshot tells it, and receives what there is. */
  #find(session: Session, found: RoomAsFound): void {
    if (!session.isNews(found)) return;
    this.#peers.reset(found.peers);
    this.#standing.reset(found.room);
    followMutes(this.#publications, found.room.mutedSources);
    session.media.subscriptions.sync(found.consumers, found.dataConsumers);
  }

  /** What hosts have done to this peer, where the events that told so are gone. */
  #followMissed({ published, handRaised }: RoomInfo): void {
    for (const publication of [...this.#publications]) publication.found(published);
    if (!this.#handRaised || handRaised) return;
    this.#handRaised = false;
    this.emit('handsLowered', { self: true, by: undefined });
  }

  #deliver(session: Session): void {
    session.deliver((event) => this.#handle(event));
  }

  /** The server has lost the media of the room, and has new transports for it. */
  async #restoreMedia(remote: EventData<'mediaReset'>): Promise<void> {
    const session = this.#joined;
    if (!session || session.media.id === remote.send.id) return; // told once more, after a snapshot
    this.#lost('media_lost');
    this.#peers.dropTracks();
    try {
      this.#find(session, await session.restoreMedia(remote, this.#publications));
      this.#setState('joined');
      this.emit('reconnected', { resumed: true });
    } catch (error) {
      // Lost once more: another reset follows in the events. Or the session is over, which is told by itself.
      if (!(error instanceof RoomError)) throw error;
    }
    if (session.open) this.#deliver(session);
  }

  /** A session that the server has forgotten: another one takes its place. */
  #forget(session: Session): void {
    if (this.#joined === session) this.#joined = undefined;
    for (const publication of this.#publications) publication.detach();
    this.#peers.dropTracks();
  }

  #lost(reason: ErrorCode): void {
    this.#setState('reconnecting');
    this.emit('reconnecting', { reason });
  }

  #over(code: ErrorCode): void {
    this.#ended.abort();
    this.#joined = undefined;
    for (const publication of this.#publications) {
      publication.detach();
      publication.close();
    }
    this.#peers.clear();
    this.#setState('left');
    this.emit('left', { code });
    this.removeAllListeners();
  }

  #handle(event: AnyEvent): void {
    const own = this.peerId ?? '';
    if (event.event === 'handsLowered' && event.data.peerIds.includes(own)) this.#handRaised = false;
    followEvent(this.#publications, event, own);
    this.#peers.apply(event);
    this.#standing.apply(event);
    if (event.event === 'mediaReset') void this.#restoreMedia(event.data);
    if (event.event === 'tokenExpiring') this.#tokenExpiring(event.data.expiresAt);
    if (event.event === 'speakersChanged') this.emit('speakersChanged', event.data);
    if (event.event !== 'chatReceived') return;
    const { id, from, to, text, at } = event.data;
    this.emit('chat', { id, peer: this.peers.get(from), private: to !== undefined, text, at: new Date(at) });
  }

  #tokenExpiring(expiresAt: number): void {
    this.emit('tokenExpiring', { expiresAt: new Date(expiresAt) });
    const { session } = this.#connector;
    if (session) void this.#tokens.refresh(session.request, expiresAt, this.#ended.signal);
  }

  #setState(state: RoomState): void {
    if (this.#state === state || this.#state === 'left') return;
    this.#state = state;
    this.emit('stateChanged', state);
  }

  #active(): Session {
    if (this.#joined) return this.#joined;
    throw new RoomError(this.#state === 'reconnecting' ? 'connection_lost' : 'not_joined');
  }
}
