import type {
  Consumer,
  ConsumerOptions,
  DataConsumer,
  DataConsumerOptions,
  DataProducer,
  Transport as MediasoupTransport,
  Producer,
  ProducerOptions,
  RtpCodecCapability,
  RtpParameters,
  TransportOptions as TransportSettings,
} from 'mediasoup-client/types';
import type { VideoCodec } from '../protocol/constants.ts';
import type { IceServerInfo, Reliability } from '../protocol/model.ts';
import type { Dtls, TransportOptions } from '../protocol/transports.ts';
import { videoCodecOf } from './encodings.ts';
import { RoomError } from './errors.ts';
import type { Certificate, Preparation } from './preparation.ts';
import type { Signaling } from './signaling.ts';
import { randomUuid } from './uuid.ts';

export type Direction = 'send' | 'recv';
/** As in mediasoup-client, said plainly for the SDK's types. */
export type TransportState = 'new' | 'connecting' | 'connected' | 'failed' | 'disconnected' | 'closed';

interface Options {
  preparation: Preparation;
  /** The server's end of each; there is none to send on where this peer may publish nothing. */
  remote: { send?: TransportOptions; recv: TransportOptions };
  iceServers: IceServerInfo[];
  /** `relay` sends media over TURN servers alone. */
  iceTransportPolicy?: RTCIceTransportPolicy | undefined;
  request: Signaling['request'];
  onState: (direction: Direction, state: TransportState) => void;
}

/** The local-only consumer with which ICE and DTLS start before there is anything to receive. */
const WARM = 'warm';

/**
 * The two transports of a session. Nothing here awaits the server: what it has to know is on its way when the browser
 * goes on, and it is told all fingerprints before the first packet where the browser knows them.
 */
export class Transports {
  /** The fingerprints for both transports; undefined where they are only known when a transport starts. */
  readonly dtls: Dtls | undefined;
  readonly #device: Preparation['device'];
  readonly #request: Signaling['request'];
  readonly #transports: { send?: MediasoupTransport; recv: MediasoupTransport };
  /** What each producer's RTP parameters are told to, by the producer's id. */
  readonly #announced = new Map<string, (rtpParameters: RtpParameters) => void>();
  readonly #restarting = new Set<Direction>();
  /** Of a transport without candidates, which never connects. */
  readonly #trialSettings: () => TransportSettings;
  readonly #settingsToSend: (remote: TransportOptions) => TransportSettings;
  readonly #onState: Options['onState'];
  #warmedRecv = false;
  #warmedSend = false;

  constructor(options: Options) {
    const { remote, iceServers, iceTransportPolicy, request, onState } = options;
    const { device, certificate } = options.preparation;
    this.#device = device;
    this.#request = request;
    const role = browserMayBeDtlsServer(device.handlerName) && certificate ? 'client' : undefined;
    this.dtls = certificate && dtlsOf(certificate, role === 'client');
    const common = { iceServers, ...(iceTransportPolicy && { iceTransportPolicy }) };
    this.#onState = onState;
    this.#settingsToSend = (end) => {
      const settings = { ...settingsOf(end, certificate), ...common };
      if (role) settings.dtlsParameters.role = role;
      return settings;
    };
    this.#trialSettings = () => ({ ...settingsOf(remote.recv, certificate), iceCandidates: [] });
    const recv = device.createRecvTransport({ ...settingsOf(remote.recv, certificate), ...common });
    this.#transports = { recv };
    this.#listen('recv', recv);
    if (remote.send) this.openSend(remote.send);
  }

  /** Makes the transport to send on, if there is none. Returns whether there was none. */
  openSend(remote: TransportOptions): boolean {
    if (this.#transports.send) return false;
    const send = this.#device.createSendTransport(this.#settingsToSend(remote));
    this.#transports.send = send;
    this.#listen('send', send);
    send.on('produce', ({ appData, rtpParameters }, ok) => {
      const id = String(appData.id);
      ok({ id });
      this.#announced.get(id)?.(rtpParameters);
      this.#announced.delete(id);
    });
    send.on('producedata', ({ appData }, ok) => ok({ id: String(appData.id) }));
    return true;
  }

  /** Starts ICE and DTLS of the receiving side. The consumer stays: it is the first section of the BUNDLE. */
  warmRecv(): void {
    if (this.#warmedRecv) return;
    this.#warmedRecv = true;
    const opus = this.#device.recvRtpCapabilities.codecs?.find(({ mimeType }) =>
      /^audio\/opus$/i.test(mimeType),
    );
    if (!opus) return;
    const { mimeType, preferredPayloadType: payloadType, clockRate, channels = 2 } = opus;
    const rtpParameters = {
      mid: WARM,
      codecs: [{ mimeType, payloadType, clockRate, channels, parameters: {}, rtcpFeedback: [] }],
      headerExtensions: [],
      encodings: [{ ssrc: 11111111 }],
      rtcp: { cname: WARM, reducedSize: true, mux: true },
    };
    this.consume({ id: WARM, producerId: WARM, kind: 'audio', rtpParameters }).catch(ignoreClosed);
  }

  /** Starts ICE and DTLS of the sending side, with a data channel that the server is not told of. */
  warmSend(): void {
    const { send } = this.#transports;
    if (this.#warmedSend || !send) return;
    this.#warmedSend = true;
    send.produceData({ label: WARM, appData: { id: WARM } }).catch(ignoreClosed);
  }

  /**
   * Sends a track.
   * @param announce is called in the moment in which the server has to be told
   * @throws RoomError `forbidden` where this peer may publish nothing
   */
  async produce(
    id: string,
    options: ProducerOptions,
    announce: (rtpParameters: RtpParameters) => void,
  ): Promise<Producer> {
    const send = this.#sending();
    this.#warmedSend = true;
    this.#announced.set(id, announce);
    return await send.produce({ ...options, appData: { id } });
  }

  /**
   * The codec that a video is sent with: the one that is asked for, if the browser and the server have it, and otherwise
   * the one that the server prefers.
   */
  videoCodec(wanted: VideoCodec | undefined): {
    name: VideoCodec;
    capability: RtpCodecCapability | undefined;
  } {
    const codecs = (this.#device.sendRtpCapabilities.codecs ?? []).flatMap((capability) => {
      const name = videoCodecOf(capability);
      return name ? [{ name, capability }] : [];
    });
    return codecs.find(({ name }) => name === wanted) ?? codecs[0] ?? { name: 'vp8', capability: undefined };
  }

  consume(options: ConsumerOptions): Promise<Consumer> {
    return this.#transports.recv.consume(options);
  }

  /** Whether the browser takes a description of all these, tried on a connection to nowhere. */
  async takes(all: readonly ConsumerOptions[]): Promise<boolean> {
    const trial = this.#device.createRecvTransport(this.#trialSettings());
    trial.on('connect', (_parameters, ok) => ok());
    try {
      await Promise.all(all.map((options) => trial.consume(options)));
      return true;
    } catch {
      return false;
    } finally {
      trial.close();
    }
  }

  /** A data channel on which the server has not been told to listen yet. Throws `forbidden` as `produce` does. */
  async produceData(reliability: Reliability): Promise<DataProducer> {
    const delivery = reliability === 'lossy' ? { ordered: false, maxRetransmits: 1 } : {};
    const id = randomUuid();
    return await this.#sending().produceData({ ...delivery, label: reliability, appData: { id } });
  }

  consumeData(options: DataConsumerOptions): Promise<DataConsumer> {
    return this.#transports.recv.consumeData(options);
  }

  /** What the browser counts of one direction. */
  async getStats(direction: Direction): Promise<RTCStatsReport> {
    return (await this.#transports[direction]?.getStats()) ?? new Map();
  }

  /** Looks for a way again, which keeps the media going where it can: after a change of the network, or a failure. */
  restartIce(): void {
    for (const direction of ['send', 'recv'] as const) this.#restartIce(direction).catch(ignoreClosed);
  }

  /** Servers with younger credentials, for the next time that a way is looked for. */
  updateIceServers(iceServers: IceServerInfo[]): void {
    for (const transport of Object.values(this.#transports)) {
      transport.updateIceServers({ iceServers }).catch(ignoreClosed);
    }
  }

  /** The same for those that have lost their way. */
  restartIceWhereLost(): void {
    for (const direction of ['send', 'recv'] as const) {
      const connectionState = this.#transports[direction]?.connectionState;
      if (connectionState === 'disconnected' || connectionState === 'failed')
        this.#restartIce(direction).catch(ignoreClosed);
    }
  }

  close(): void {
    this.#transports.send?.close();
    this.#transports.recv.close();
    this.#announced.clear();
  }

  #sending(): MediasoupTransport {
    const { send } = this.#transports;
    if (!send) throw new RoomError('forbidden', 'this peer may publish nothing');
    return send;
  }

  #listen(direction: Direction, transport: MediasoupTransport): void {
    transport.on('connect', ({ dtlsParameters }, ok) => {
      ok();
      if (!this.dtls) this.#request('connect', { [direction]: dtlsParameters }).catch(ignoreClosed);
    });
    transport.on('connectionstatechange', (state) => {
      this.#onState(direction, state);
      if (state === 'failed') this.#restartIce(direction).catch(ignoreClosed);
    });
  }

  async #restartIce(direction: Direction): Promise<void> {
    const transport = this.#transports[direction];
    if (!transport || this.#restarting.has(direction)) return;
    this.#restarting.add(direction);
    try {
      const { iceParameters, iceServers } = await this.#request('restartIce', { transport: direction });
      await transport.updateIceServers({ iceServers });
      await transport.restartIce({ iceParameters });
    } finally {
      this.#restarting.delete(direction);
    }
  }
}

/** A request fails only with the socket, and a transport's task only when it was closed: nothing is left to do. */
function ignoreClosed(): void {}

/**
 * The server of a DTLS handshake is done half a round trip earlier, but only Chromium's handlers can be it, and only
 * where they send.
 */
function browserMayBeDtlsServer(handlerName: string): boolean {
  return handlerName.startsWith('Chrome');
}

function dtlsOf({ fingerprints }: Certificate, serverOnSend: boolean): Dtls {
  return {
    send: { role: serverOnSend ? 'server' : 'client', fingerprints },
    recv: { role: 'client', fingerprints },
  };
}

function settingsOf(
  { sctpParameters, dtlsParameters, ...options }: TransportOptions,
  certificate: Certificate | undefined,
): TransportSettings {
  return {
    ...options,
    dtlsParameters: { ...dtlsParameters },
    ...(sctpParameters && {
      sctpParameters: {
        ...sctpParameters,
        maxSendMessageSize: sctpParameters.maxMessageSize,
        maxReceiveMessageSize: sctpParameters.maxMessageSize,
      },
    }),
    ...(certificate && { additionalSettings: { certificates: [certificate.certificate] } }),
  };
}
