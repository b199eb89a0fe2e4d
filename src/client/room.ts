import type { Grant, Source } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { NetworkLimit, NetworkQuality } from '../protocol/quality.ts';
import { playIn } from './attached-video.ts';
import { Attendance } from './attendance.ts';
import { Emitter } from './emitter.ts';
import { endpointsOf } from './endpoints.ts';
import { RoomError } from './errors.ts';
import { type Moderation, moderationOver, type WaitingUser } from './moderation.ts';
import { type Preparation, preparer } from './preparation.ts';
import { LocalPublication, type Publication, type PublishOptions } from './publication.ts';
import type { PeerPage, RemotePeer, RemoteSource } from './remote-peer.ts';
import type { RoomEvents, RoomState } from './room-events.ts';
import { RoomView } from './room-view.ts';
import { type GetToken, Tokens } from './tokens.ts';
import type { Direction } from './transports.ts';
import { type SubscriptionTarget, Wants } from './wants.ts';

export interface RoomOptions {
  /** The server's origin, or the address of its WebSocket; where the page comes from by default. */
  url?: string;
  /** Says who joins which room. A function is asked for each connection, and before the last token ends. */
  token: string | GetToken;
  /** `relay` sends media over TURN servers alone; `all` by default. */
  iceTransportPolicy?: RTCIceTransportPolicy;
  /**
   * Whether the server sends each attached video as large as its element is, and pauses those that cannot be seen; true by
   * default. Videos that were never attached are sent as they are.
   */
  adaptiveStream?: boolean;
  /** Whether everything that the others publish is received; true by default. `setSubscribed` changes it. */
  autoSubscribe?: boolean;
  /** Opens a WebSocket in place of `new WebSocket`, as where the page has opened it before this script was loaded. */
  createWebSocket?: (url: string, protocols: string[]) => WebSocket;
}

/**
 * A room of an aq-server, as one participant has it: connects, joins, publishes, and tells what the others do. It comes
 * back by itself when the connection is lost, and is used once: after `left` a new one is made.
 */
export class Room extends Emitter<RoomEvents> {
  /** What this peer can do to others and to the room, if it is a host. */
  readonly moderation: Moderation = moderationOver((method, params) =>
    this.#attendance.active().request(method, params),
  );
  readonly #prepare: () => Promise<Preparation>;
  readonly #view: RoomView;
  readonly #attendance: Attendance;

  constructor(options: RoomOptions) {
    super();
    const { url = location.origin, token, iceTransportPolicy, createWebSocket } = options;
    const tell = <E extends keyof RoomEvents>(event: E, ...args: RoomEvents[E]) => this.emit(event, ...args);
    const wants = new Wants({
      request: () => this.#attendance.joined?.request,
      isAdaptive: options.adaptiveStream ?? true,
      isSubscribing: options.autoSubscribe ?? true,
    });
    this.#view = new RoomView({
      tell,
      ownId: () => this.peerId,
      wants,
      hintSpeaking: () => this.#attendance.joined?.request('hintSpeaking', {}).catch(() => {}), // a hint is of use at once or not at all
    });
    const endpoints = endpointsOf(url);
    this.#prepare = preparer(endpoints.capabilities);
    this.#attendance = new Attendance({
      endpoints,
      prepare: this.#prepare,
      tokens: new Tokens(token),
      iceTransportPolicy,
      createWebSocket,
      view: this.#view,
      tell,
      onEnded: (code) => {
        this.emit('left', { code });
        this.removeAllListeners();
      },
    });
  }

  get state(): RoomState {
    return this.#attendance.state;
  }

  /** The others, by the id of the peer. */
  get peers(): ReadonlyMap<string, RemotePeer> {
    return this.#view.peers.all;
  }

  get publications(): ReadonlySet<Publication> {
    return this.#view.presence.publications;
  }

  /** The id of this peer. It changes when the server has forgotten the session, as one does that was restarted. */
  get peerId(): string | undefined {
    return this.#attendance.session?.welcome.peerId;
  }

  /** The room's name, from the token. */
  get name(): string | undefined {
    return this.#attendance.session?.welcome.room;
  }

  /** Who this peer is, from the token; a host may have changed its type. */
  get user(): { id: string; name: string; type: string } | undefined {
    const user = this.#attendance.session?.welcome.user;
    return user && { ...user, type: this.#view.standing.userType ?? user.type };
  }

  /** Whether it is allowed at this moment, by the token and by hosts; false while there is no connection. */
  may(grant: Grant): boolean {
    return this.#attendance.session !== undefined && this.#view.standing.grants.has(grant);
  }

  /** How good the connection of this peer to the server is, in both directions. */
  get quality(): NetworkQuality {
    return this.#view.standing.quality;
  }

  /** What keeps that connection from being better: the uplink, the downlink, losses and delays, or a limit of the server. */
  get limitedBy(): NetworkLimit | null {
    return this.#view.standing.limitedBy;
  }

  /** Whether nobody but hosts can join. */
  get locked(): boolean {
    return this.#view.standing.locked;
  }

  /** Whether all but hosts wait until they are admitted. */
  get lobby(): boolean {
    return this.#view.standing.lobby;
  }

  /** In a large room those who may publish nothing are not among `peers`: how many they are. */
  get watchers(): number {
    return this.#view.watchers;
  }

  /** All others, those who only watch too: 100 at a time by their ids, after this one. `next` is where the rest begins. */
  listPeers(after?: string): Promise<PeerPage> {
    return this.#attendance.active().request('listPeers', after === undefined ? {} : { after });
  }

  /** In a large room the server forwards the loudest microphones alone: those of these peers. Undefined where it forwards all. */
  get audible(): ReadonlySet<string> | undefined {
    return this.#view.audible;
  }

  /** What a backend says of the room. */
  get metadata(): Metadata {
    return this.#view.standing.metadata;
  }

  /** Who waits in the lobby, first come first; nobody where this peer is no host. */
  get waiting(): readonly WaitingUser[] {
    return [...this.#view.standing.waiting.values()];
  }

  /** The sources of this peer that hosts have muted until they allow them. */
  get mutedSources(): ReadonlySet<Source> {
    return this.#view.standing.mutedSources;
  }

  /** Does what can be done before there is a token. To be called as early as possible; `connect` and `join` do it too. */
  prepare(): Promise<void> {
    return this.#prepare().then(() => {});
  }

  /**
   * Connects and warms the media up, so that a later `join` is as fast as it can be. Nobody sees this peer yet.
   * @throws RoomError with the server's reason, `unreachable`, `unsupported`
   */
  connect(): Promise<void> {
    return this.#attendance.connect();
  }

  /**
   * Joins, after connecting where that was not done, and publishes what was given to `publish` in the same flight.
   * @throws RoomError with the server's reason, `unreachable`, `unsupported`
   */
  join(): Promise<void> {
    return this.#attendance.join();
  }

  /** Publishes a track, now or with the join, and again after a reconnect. It ends with its track. */
  publish(track: MediaStreamTrack, options: PublishOptions): Publication {
    if (this.state === 'left') throw new RoomError('left');
    const { publications } = this.#view.presence;
    const publication = new LocalPublication(track, options, (error) => {
      publications.delete(publication);
      this.emit('publicationClosed', publication, error);
    });
    publications.add(publication);
    const { session } = this.#attendance;
    if (session?.joined) publication.attach(session.media);
    return publication;
  }

  /** Tells all others, or one of them, a text of 1 to 2,000 characters. `at` is in milliseconds since 1970. */
  chat(text: string, to?: RemotePeer): Promise<{ id: string; at: number }> {
    return this.#attendance.active().request('chat', { text, ...(to && { to: to.id }) });
  }

  /**
   * Sends a message of at most 64 KiB to all others, in order and complete, or, if it may be lost, as fast as it goes.
   * The first message of each kind takes some time longer: the others have to open a channel for it.
   */
  async sendData(
    data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
    { lossy = false }: { lossy?: boolean } = {},
  ): Promise<void> {
    await this.#attendance.active().media.data.send(data, lossy ? 'lossy' : 'reliable');
  }

  /** What this peer says of itself: a JSON object of at most 4,096 bytes in UTF-8, which replaces the last one. */
  async setMetadata(metadata: Metadata): Promise<void> {
    this.#view.presence.metadata = metadata;
    await this.#attendance.joined?.request('setMetadata', { metadata });
  }

  async setHandRaised(raised: boolean): Promise<void> {
    this.#view.presence.handRaised = raised;
    await this.#attendance.active().request('setHandRaised', { raised });
  }

  /**
   * Plays a source in an element for as long as it is published, and has its video sent as large as the element is, and not
   * at all while it cannot be seen. Returns a function that ends it.
   */
  attach(source: RemoteSource, element: HTMLMediaElement): () => void {
    const endPlaying = playIn(element, source, (listener) => {
      const offs = [
        this.on('trackAdded', listener),
        this.on('trackRemoved', (removed) => listener({ ...removed, track: undefined })),
      ];
      return () => {
        for (const off of offs) off();
      };
    });
    const endWatching = element instanceof HTMLVideoElement ? this.watch(source, element) : () => {};
    return () => {
      endWatching();
      endPlaying();
    };
  }

  /** Does what `attach` does, for an element in which the application itself plays the source. */
  watch(source: RemoteSource, element: HTMLVideoElement): () => void {
    return this.#view.wants.shown.add(source.id, element);
  }

  /**
   * Says how a video is shown that no element shows, as on a canvas, or in place of what its elements say; undefined takes it
   * back. The size is in pixels of the screen; 0 has it sent as large as it is.
   */
  setView(source: RemoteSource, view: { visible: boolean; width: number; height: number } | undefined): void {
    this.#view.wants.shown.set(source.id, view);
  }

  /** Whether a video keeps its quality when the line is short. */
  setPinned(source: RemoteSource, pinned: boolean): void {
    this.#view.wants.shown.pin(source.id, pinned);
  }

  /**
   * Whether to receive one thing that a peer publishes, all of a peer, a source of it, a source of all, or (`{}`) everything.
   * The narrower word counts. What is not received costs nothing, and takes longer to come back than what is hidden.
   */
  async setSubscribed(target: SubscriptionTarget, subscribe: boolean): Promise<void> {
    await this.#view.wants.setSubscribed(target, subscribe);
  }

  /** For a source that is sent in several sizes: the best one that is of use here, from 0. */
  async setPreferredLayers(
    source: RemoteSource,
    layers: { spatialLayer: number; temporalLayer?: number },
  ): Promise<void> {
    const session = this.#attendance.active();
    const id = session.media.subscriptions.consumerId(source.id);
    if (id === undefined) throw new RoomError('not_found', 'this source is not received');
    await session.request('setPreferredLayers', { id, ...layers });
  }

  /** What the browser counts of the media of one direction, as `RTCPeerConnection.getStats` tells it. */
  async getStats(direction: Direction): Promise<RTCStatsReport> {
    return await this.#attendance.active().media.transports.getStats(direction);
  }

  /** Goes on with another token of the same user for the same room, where no function was given that gets one. */
  async refreshToken(token: string): Promise<void> {
    await this.#attendance.active().request('refreshToken', { token });
  }

  /** Leaves for good. Tracks go on unless they are to be stopped. */
  leave({ stopTracks = false }: { stopTracks?: boolean } = {}): void {
    if (stopTracks) for (const { track } of this.publications) track.stop();
    this.#attendance.leave();
  }
}
