import type { ConsumerInfo, DataConsumerInfo, IceServerInfo } from '../protocol/model.ts';
import type { Dtls, TransportOptions } from '../protocol/transports.ts';
import { DataChannels } from './data-channels.ts';
import type { Preparation } from './preparation.ts';
import type { Quarantine } from './quarantine.ts';
import type { Signaling } from './signaling.ts';
import { Subscriptions } from './subscriptions.ts';
import { type Direction, type TransportState, Transports } from './transports.ts';

/** The server's ends of the transports of one media. One that may publish nothing has none to send on. */
export interface RemoteTransports {
  send?: TransportOptions;
  recv: TransportOptions;
}

/** What tells media from the one before. */
export function mediaIdOf({ send, recv }: RemoteTransports): string {
  return (send ?? recv).id;
}

export interface MediaListeners {
  onTrack: (info: ConsumerInfo, track: MediaStreamTrack) => void;
  /** The server receives it no longer for this peer, although it is still published. */
  onTrackClosed: (info: ConsumerInfo) => void;
  onData: (info: DataConsumerInfo, data: string | ArrayBuffer) => void;
  onTransportState: (direction: Direction, state: TransportState) => void;
}

export interface MediaOptions extends MediaListeners {
  preparation: Preparation;
  /** What cannot be received. */
  quarantine: Quarantine;
  remote: RemoteTransports;
  iceServers: IceServerInfo[];
  iceTransportPolicy?: RTCIceTransportPolicy | undefined;
  request: Signaling['request'];
}

/** The media of a session: both transports, and what flows there. A session gets another when the server lost it. */
export class SessionMedia {
  /** What tells this media from the one before. */
  readonly id: string;
  readonly request: Signaling['request'];
  readonly transports: Transports;
  readonly subscriptions: Subscriptions;
  readonly data: DataChannels;
  /** Whether the server has been told the fingerprints, or is told them by the transports themselves. */
  #connected: boolean;

  constructor({ onTrack, onData, onTransportState, ...options }: MediaOptions) {
    const { remote, request, quarantine } = options;
    this.id = mediaIdOf(remote);
    this.request = request;
    this.transports = new Transports({ ...options, onState: onTransportState });
    this.subscriptions = new Subscriptions({
      transports: this.transports,
      quarantine,
      request,
      onTrack,
      onData,
      onBroken: () => this.#replace(),
    });
    this.data = new DataChannels(this.transports, request);
    this.#connected = this.transports.dtls === undefined;
  }

  /** The fingerprints that the server has to be told yet. */
  takeDtls(): { dtls?: Dtls } {
    const { dtls } = this.transports;
    if (this.#connected || !dtls) return {};
    this.#connected = true;
    return { dtls };
  }

  /** This peer may publish from now on: here is the server's end of the transport for it. */
  openSend(remote: TransportOptions): void {
    if (!this.transports.openSend(remote)) return;
    const send = this.transports.dtls?.send;
    if (send) this.request('connect', { send }).catch(ignoreClosed);
  }

  /** Does ICE and DTLS before there is anything to carry. */
  warm(): void {
    const { dtls } = this.takeDtls();
    if (dtls) this.request('connect', dtls).catch(ignoreClosed);
    this.transports.warmRecv();
    this.transports.warmSend();
  }

  /** Asks for other transports, which come with `mediaReset`. */
  #replace(): void {
    this.request('resetMedia', {}).catch((error: unknown) => console.warn('the media stays as it is', error));
  }

  close(): void {
    this.transports.close();
    this.subscriptions.clear();
  }
}

/** It fails only with the session, whose end is told by `closed`. */
function ignoreClosed(): void {}
