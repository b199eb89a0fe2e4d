import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { Result } from '../protocol/methods.ts';
import type { ConsumerInfo, DataConsumerInfo, Metadata } from '../protocol/model.ts';
import { DataChannels } from './data-channels.ts';
import type { Endpoints } from './endpoints.ts';
import { RoomError } from './errors.ts';
import { type Preparation, upToDate } from './preparation.ts';
import type { LocalPublication } from './publication.ts';
import { askWhyRefused } from './refusal.ts';
import { type Ending, Signaling } from './signaling.ts';
import { Subscriptions } from './subscriptions.ts';
import { type Direction, type TransportState, Transports } from './transports.ts';

export interface SessionOptions {
  endpoints: Endpoints;
  token: string;
  preparation: Promise<Preparation>;
  /** Ends it, also while it opens. */
  signal: AbortSignal;
  onTrack: (info: ConsumerInfo, track: MediaStreamTrack) => void;
  onData: (info: DataConsumerInfo, data: string | ArrayBuffer) => void;
  onTransportState: (direction: Direction, state: TransportState) => void;
}

export interface JoinOptions {
  publications: Iterable<LocalPublication>;
  metadata: Metadata | undefined;
}

/** One socket and its media, from the upgrade to the end. All that it has made ends with it. */
export class Session {
  readonly welcome: EventData<'welcome'>;
  /** Resolves once, when all of it is gone. */
  readonly closed: Promise<Ending>;
  readonly request: Signaling['request'];
  readonly transports: Transports;
  readonly subscriptions: Subscriptions;
  readonly data: DataChannels;
  readonly #signaling: Signaling;
  readonly #preparation: Preparation;
  /** Whether the server has been told the fingerprints, or is told them by the transports themselves. */
  #connected: boolean;
  #joining: Promise<Result<'join'>> | undefined;

  private constructor(signaling: Signaling, preparation: Preparation, options: SessionOptions) {
    this.#signaling = signaling;
    this.#preparation = preparation;
    this.welcome = signaling.welcome;
    this.request = (method, params) => signaling.request(method, params);
    const { request, welcome } = this;
    const { onTrack, onData, onTransportState: onState } = options;
    this.transports = new Transports({ preparation, welcome, request, onState });
    this.subscriptions = new Subscriptions({ transports: this.transports, request, onTrack, onData });
    this.data = new DataChannels(this.transports, request);
    this.#connected = this.transports.dtls === undefined;
    this.closed = signaling.closed.then((ending) => {
      this.transports.close();
      this.subscriptions.clear();
      return ending;
    });
  }

  /**
   * Opens the socket while the rest is prepared, and makes the transports.
   * @throws RoomError with the reason why the server refused, `unreachable`, `unsupported`, `left` if it was ended
   */
  static async open(options: SessionOptions): Promise<Session> {
    const { endpoints, token, signal } = options;
    const signaling = await openSocket(endpoints, token, signal);
    try {
      const { capabilitiesHash } = signaling.welcome;
      const preparation = await upToDate(await options.preparation, capabilitiesHash, endpoints.capabilities);
      return new Session(signaling, preparation, options);
    } catch (error) {
      signaling.close('connection_lost');
      throw error;
    }
  }

  /** Whether its socket is there. */
  get open(): boolean {
    return this.#signaling.isOpen;
  }

  /** Whether it has joined, or is about to. */
  get joined(): boolean {
    return this.#joining !== undefined;
  }

  /** Does ICE and DTLS before the join, behind a pre-join screen. */
  warm(): void {
    if (!this.#connected) {
      this.#connected = true;
      this.request('connect', this.transports.dtls ?? {}).catch(ignoreClosed);
    }
    this.transports.warmRecv();
    this.transports.warmSend();
  }

  /**
   * Joins and publishes in one flight: nothing in it waits for an answer. Resolves to the room as it is found; what
   * changes after that waits in the events. May be tried again when the server refused it.
   */
  join(options: JoinOptions): Promise<Result<'join'>> {
    this.#joining ??= this.#join(options);
    return this.#joining;
  }

  /** Hands over the events, those that came before this call first. */
  deliver(listener: (event: AnyEvent) => void): void {
    this.#signaling.deliver((event) => {
      this.#apply(event);
      listener(event);
    });
  }

  /** Looks whether socket and media still have a way, and for another one. */
  networkChanged(): void {
    this.#signaling.probe();
    this.transports.restartIce();
  }

  /** @param code `left` tells the server that it is meant */
  close(code: 'left' | 'connection_lost'): void {
    this.#signaling.close(code);
  }

  async #join({ publications, metadata }: JoinOptions): Promise<Result<'join'>> {
    const dtls = this.#connected ? undefined : this.transports.dtls;
    this.#connected = true;
    this.transports.warmRecv();
    const answer = this.request('join', {
      rtpCapabilities: this.#preparation.device.recvRtpCapabilities,
      ...(dtls && { dtls }),
      ...(metadata && { metadata }),
    });
    for (const publication of publications) publication.attach(this);
    try {
      return await answer;
    } catch (error) {
      this.#joining = undefined;
      for (const publication of publications) publication.detach();
      throw error;
    }
  }

  #apply({ event, data }: AnyEvent): void {
    if (event === 'consumerOpened') this.subscriptions.open([data.consumer]);
    else if (event === 'producerClosed') this.subscriptions.close(data.producerId);
    else if (event === 'dataConsumerOpened') this.subscriptions.openData([data.dataConsumer]);
    else if (event === 'dataProducerClosed') this.subscriptions.closeData(data.dataProducerId);
    else if (event === 'peerLeft') this.subscriptions.closePeer(data.peerId);
  }
}

async function openSocket(endpoints: Endpoints, token: string, signal: AbortSignal): Promise<Signaling> {
  try {
    return await Signaling.open(endpoints.socket, token, signal);
  } catch (error) {
    if (!(error instanceof RoomError) || error.code !== 'unreachable') throw error;
    throw await askWhyRefused(endpoints.validate, token);
  }
}

/** It fails only with the socket, whose end is told by `closed`. */
function ignoreClosed(): void {}
