import type { SubscriptionRule } from '../protocol/attention.ts';
import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { Result } from '../protocol/methods.ts';
import type { IceServerInfo, RoomAsFound } from '../protocol/model.ts';
import type { Endpoints } from './endpoints.ts';
import { type ErrorCode, RoomError } from './errors.ts';
import { type Preparation, upToDate } from './preparation.ts';
import type { LocalPublication } from './publication.ts';
import { Quarantine } from './quarantine.ts';
import { askWhyRefused } from './refusal.ts';
import { type MediaListeners, SessionMedia } from './session-media.ts';
import { Signaling } from './signaling.ts';
import type { CreateWebSocket } from './socket.ts';

export interface SessionOptions extends MediaListeners {
  endpoints: Endpoints;
  token: string;
  preparation: Promise<Preparation>;
  /** Ends it, also while it opens. */
  signal: AbortSignal;
  /** `relay` sends media over TURN servers alone. */
  iceTransportPolicy?: RTCIceTransportPolicy | undefined;
  /** In place of `new WebSocket`. */
  createWebSocket?: CreateWebSocket | undefined;
  /** This user has to wait in the lobby. */
  onWaiting: () => void;
  /** More events were missed than the server keeps: this is the room now. */
  onSnapshot: (session: Session, snapshot: RoomAsFound) => void;
}

export interface JoinOptions {
  publications: Iterable<LocalPublication>;
  metadata: Metadata | undefined;
  /** What it wants to receive. */
  rules: SubscriptionRule[];
}

/** What a peer has of a room, from its welcome to its end: it outlives sockets, and even its media. */
export class Session {
  readonly welcome: EventData<'welcome'>;
  /** Resolves once, when all of it is gone. */
  readonly closed: Promise<ErrorCode>;
  readonly request: Signaling['request'];
  readonly #signaling: Signaling;
  readonly #preparation: Preparation;
  readonly #options: MediaListeners & Pick<SessionOptions, 'iceTransportPolicy'>;
  readonly #quarantine = new Quarantine();
  #iceServers: IceServerInfo[];
  #media: SessionMedia;
  #joining: Promise<Result<'join'>> | undefined;
  /** The number of the last event that is in the room as it was found last. */
  #foundAt = 0;

  private constructor(signaling: Signaling, preparation: Preparation, options: SessionOptions) {
    this.#signaling = signaling;
    this.#preparation = preparation;
    this.#options = options;
    this.#iceServers = signaling.welcome.iceServers;
    this.welcome = signaling.welcome;
    this.request = (method, params) => signaling.request(method, params);
    this.#media = this.#openMedia(signaling.welcome);
    this.closed = signaling.closed.then((code) => {
      this.#media.close();
      return code;
    });
  }

  /**
   * Opens a session, or goes on with the previous one over another socket: then that is what comes back. Where the
   * server has forgotten it, it is closed, and the new one takes its place.
   * @throws RoomError with the reason why the server refused, `unreachable`, `unsupported`, `left` if it was ended
   */
  static async open(options: SessionOptions, previous?: Session): Promise<Session> {
    const { endpoints } = options;
    const before = previous ? previous.#signaling : undefined;
    const { signaling, resumed } = await openSignaling(options, before);
    if (previous && resumed) {
      const { iceServers, snapshot } = resumed;
      previous.#resumed(iceServers);
      if (snapshot) options.onSnapshot(previous, snapshot);
      return previous;
    }
    previous?.close('connection_lost');
    try {
      const { capabilitiesHash } = signaling.welcome;
      const preparation = await upToDate(await options.preparation, capabilitiesHash, endpoints.capabilities);
      return new Session(signaling, preparation, options);
    } catch (error) {
      signaling.close('connection_lost');
      throw error;
    }
  }

  /** The transports of this moment, and what flows there. */
  get media(): SessionMedia {
    return this.#media;
  }

  /** Whether it is not over. Its socket may be gone; another one is on its way then. */
  get open(): boolean {
    return this.#signaling.isOpen;
  }

  /** Resolves when the socket of this moment is gone. */
  get disconnected(): Signaling['disconnected'] {
    return this.#signaling.disconnected;
  }

  /** Whether it has joined, or is about to. */
  get joined(): boolean {
    return this.#joining !== undefined;
  }

  /** Does ICE and DTLS before the join, behind a pre-join screen. */
  warm(): void {
    this.#media.warm();
  }

  /**
   * Joins and publishes in one flight: nothing in it waits for an answer. Resolves to the room as it is found; what
   * changes after that waits in the events. May be tried again when the server refused it.
   */
  join(options: JoinOptions): Promise<Result<'join'>> {
    this.#joining ??= this.#join(options);
    return this.#joining;
  }

  /**
   * After `mediaReset`: takes the new transports and publishes anew, in one flight like a join. Events wait until
   * `deliver` is called again.
   */
  async restoreMedia(
    remote: EventData<'mediaReset'>,
    publications: Iterable<LocalPublication>,
  ): Promise<Result<'restoreMedia'>> {
    this.#signaling.hold();
    this.#media.close();
    this.#media = this.#openMedia(remote);
    this.#media.transports.warmRecv();
    const answer = this.request('restoreMedia', { transportId: this.#media.id, ...this.#media.takeDtls() });
    for (const publication of publications) {
      publication.detach();
      publication.attach(this.#media);
    }
    return await answer;
  }

  /** Whether this is the room at a later moment than it was known at before; and remembers that it is known by now. */
  isNews({ seq }: RoomAsFound): boolean {
    if (seq < this.#foundAt) return false;
    this.#foundAt = seq;
    return true;
  }

  /** Hands over the events, those that came before this call first. */
  deliver(listener: (event: AnyEvent) => void): void {
    this.#signaling.deliver((event) => {
      this.#apply(event);
      listener(event);
    });
  }

  /** Looks for another way: for the socket by leaving this one, for the media by ICE. */
  networkChanged(): void {
    this.#media.transports.restartIce();
    this.#signaling.disconnect();
  }

  /** @param code `left` tells the server that it is meant */
  close(code: ErrorCode): void {
    this.#signaling.close(code);
  }

  #openMedia(remote: EventData<'mediaReset'>): SessionMedia {
    const { request } = this;
    const { onTrack, onTrackClosed, onData, onTransportState, iceTransportPolicy } = this.#options;
    return new SessionMedia({
      onTrack,
      onTrackClosed,
      onData,
      onTransportState,
      iceTransportPolicy,
      preparation: this.#preparation,
      quarantine: this.#quarantine,
      remote,
      iceServers: this.#iceServers,
      request,
    });
  }

  /** The network may have changed with the socket: media that has no way looks for one at once. */
  #resumed(iceServers: IceServerInfo[]): void {
    this.#iceServers = iceServers;
    this.#media.transports.updateIceServers(iceServers);
    this.#media.transports.restartIceWhereLost();
  }

  async #join({ publications, metadata, rules }: JoinOptions): Promise<Result<'join'>> {
    const media = this.#media;
    media.transports.warmRecv();
    const answer = this.request('join', {
      rtpCapabilities: this.#preparation.device.recvRtpCapabilities,
      ...media.takeDtls(),
      ...(metadata && { metadata }),
      ...(rules.length > 0 && { rules }),
    });
    for (const publication of publications) publication.attach(media);
    try {
      return await answer;
    } catch (error) {
      this.#joining = undefined;
      for (const publication of publications) publication.detach();
      throw error;
    }
  }

  #closeConsumer(consumerId: string): void {
    const closed = this.#media.subscriptions.closeConsumer(consumerId);
    if (closed) this.#options.onTrackClosed(closed);
  }

  #apply({ event, data }: AnyEvent): void {
    const { subscriptions, data: channels } = this.#media;
    if (event === 'consumerOpened') subscriptions.open([data.consumer]);
    else if (event === 'consumerClosed') this.#closeConsumer(data.consumerId);
    else if (event === 'producerClosed') subscriptions.close(data.producerId);
    else if (event === 'dataConsumerOpened') subscriptions.data.open([data.dataConsumer]);
    else if (event === 'dataProducerReady') channels.ready(data.dataProducerId);
    else if (event === 'dataProducerClosed') subscriptions.data.close(data.dataProducerId);
    else if (event === 'peerLeft') subscriptions.closePeer(data.peerId);
    else if (event === 'grantsChanged') {
      subscriptions.closeForbidden(data.grants);
      if (data.send) this.#media.openSend(data.send);
    }
  }
}

async function openSignaling(
  { endpoints, token, signal, onWaiting, createWebSocket }: SessionOptions,
  previous: Signaling | undefined,
): ReturnType<typeof Signaling.open> {
  try {
    return await Signaling.open(
      { url: endpoints.socket, token, signal, onWaiting, createWebSocket },
      previous,
    );
  } catch (error) {
    if (!(error instanceof RoomError) || error.code !== 'unreachable') throw error;
    throw await askWhyRefused(endpoints.validate, token);
  }
}
