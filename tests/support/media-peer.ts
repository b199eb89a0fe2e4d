/** A client whose media is real: the load generator connects its transports, sends for it, and counts what it receives. */
import { Generator, type StreamCounts } from '../../scripts/load/generator.ts';
import {
  extensionIds,
  type Kind,
  LOUD,
  receivable,
  sendable,
  senderOptions,
} from '../../scripts/load/media-parameters.ts';
import { capabilitiesOf } from '../../scripts/load/run.ts';
import type { RtpCapabilities } from '../../src/protocol/media.ts';
import type { ConsumerInfo, RoomInfo } from '../../src/protocol/model.ts';
import type { TransportOptions } from '../../src/protocol/transports.ts';
import { track } from './media.ts';
import { RawClient } from './raw-client.ts';
import type { TestServer } from './server.ts';

/** The generator, and what its receivers have counted. */
export class MediaNetwork {
  readonly generator: Generator;
  readonly capabilities: RtpCapabilities;
  readonly #counts = new Map<number, StreamCounts>();
  /** The generator answers one question at a time. */
  #asked: Promise<void> = Promise.resolve();

  private constructor(generator: Generator, capabilities: RtpCapabilities) {
    this.generator = generator;
    this.capabilities = capabilities;
    generator.on('stream', (counts) => this.#counts.set(counts.id, counts));
  }

  /** @param program of the generator */
  static async open(server: TestServer, program: string): Promise<MediaNetwork> {
    return new MediaNetwork(await Generator.start(program), await capabilitiesOf(server.url));
  }

  /** The packets that a receiver has got so far. */
  async packets(receiver: number): Promise<number> {
    this.#asked = this.#asked.then(() => this.generator.streams());
    await this.#asked;
    return this.#counts.get(receiver)?.packets ?? 0;
  }

  close(): Promise<void> {
    return this.generator.close();
  }
}

interface Sender {
  readonly kind: Kind;
  /** Of the generator. */
  readonly id: number;
}

export class MediaPeer {
  readonly client: RawClient;
  /** The port of its transports, which is that of its worker. */
  port = 0;
  /** As the answer to the join had it. */
  room!: RoomInfo;
  readonly #network: MediaNetwork;
  #send = 0;
  #recv = 0;
  /** Consumers that answers have told of. */
  #found: ConsumerInfo[] = [];
  /** By the id of the producer. */
  readonly #senders = new Map<string, Sender>();

  private constructor(client: RawClient, network: MediaNetwork) {
    this.client = client;
    this.#network = network;
  }

  static async join(server: TestServer, network: MediaNetwork, token: string): Promise<MediaPeer> {
    const client = await RawClient.open(server, token);
    const peer = new MediaPeer(client, network);
    const dtls = peer.#connect(client.welcome);
    const rtpCapabilities = receivable(network.capabilities);
    const found = await client.request('join', { rtpCapabilities, dtls });
    peer.#found = found.consumers;
    peer.room = found.room;
    return peer;
  }

  /** Takes the transports of a `mediaReset`. Nothing is published then. */
  async restore(): Promise<void> {
    const reset = await this.client.next('mediaReset');
    const dtls = this.#connect(reset);
    const { consumers } = await this.client.request('restoreMedia', { transportId: reset.recv.id, dtls });
    this.#found = consumers;
  }

  /** Takes the transport that comes when it may publish. */
  async openSend(): Promise<void> {
    const { send } = await this.client.next('grantsChanged', (told) => told.send !== undefined);
    if (send) this.#send = this.#open(send, 'server');
    const fingerprints = [{ algorithm: 'sha-256' as const, value: this.#network.generator.fingerprint }];
    await this.client.request('connect', { send: { role: 'server', fingerprints } });
  }

  /** Resolves to the id of the producer. */
  async publish(kind: Kind, { layers = 1, bitrate = 200_000, level = LOUD } = {}): Promise<string> {
    const { generator, capabilities } = this.#network;
    const { id, source } = track(kind === 'audio' ? 'mic' : 'camera');
    const rtpParameters = sendable(capabilities, kind, { mid: String(this.#senders.size), layers });
    const options = { transport: this.#send, kind, bitrate, level, dtx: false };
    const sender = generator.send(senderOptions(capabilities, rtpParameters, options));
    this.#senders.set(id, { kind, id: sender });
    await this.client.request('produce', { id, source, rtpParameters });
    return id;
  }

  /** Receives a producer of another peer; resolves to the receiver's id in the generator. */
  async receive(producerId: string): Promise<number> {
    const isIt = (consumer: ConsumerInfo) => consumer.producerId === producerId;
    const opened = () => this.client.next('consumerOpened', ({ consumer }) => isIt(consumer));
    return await this.#resume(this.#found.find(isIt) ?? (await opened()).consumer);
  }

  /** What it was told to receive, and was not told to receive no longer. */
  consumers(): ConsumerInfo[] {
    const opened = this.client.all('consumerOpened').map(({ consumer }) => consumer);
    const closed = new Set(this.client.all('consumerClosed').map(({ consumerId }) => consumerId));
    return [...this.#found, ...opened].filter(({ id }) => !closed.has(id));
  }

  /** Receives a producer of another peer that it has a consumer for, which may have taken the place of an earlier one. */
  async receiveLast(producerId: string): Promise<number> {
    const consumer = this.consumers().findLast((one) => one.producerId === producerId);
    if (!consumer) throw new Error('there is no consumer');
    return await this.#resume(consumer);
  }

  /** Its user speaks, or is silent. */
  speak(producerId: string, level = LOUD): void {
    const sender = this.#senders.get(producerId);
    if (sender) this.#network.generator.setLevel(sender.id, level);
  }

  async #resume({ id, kind, rtpParameters }: ConsumerInfo): Promise<number> {
    const ssrc = rtpParameters.encodings[0]?.ssrc ?? 0;
    const clockRate = rtpParameters.codecs[0]?.clockRate ?? 0;
    const receiver = this.#network.generator.receive({ transport: this.#recv, kind, ssrc, clockRate });
    await this.client.request('resumeConsumers', { ids: [id] });
    return receiver;
  }

  #connect({ send, recv }: { send?: TransportOptions; recv: TransportOptions }) {
    const fingerprints = [{ algorithm: 'sha-256' as const, value: this.#network.generator.fingerprint }];
    if (send) this.#send = this.#open(send, 'server');
    this.#recv = this.#open(recv, 'client');
    this.port = recv.iceCandidates[0]?.port ?? 0;
    return {
      send: { role: 'server' as const, fingerprints },
      recv: { role: 'client' as const, fingerprints },
    };
  }

  #open(remote: TransportOptions, role: 'client' | 'server'): number {
    const { generator, capabilities } = this.#network;
    return generator.openTransport(remote, role, extensionIds(capabilities)).id;
  }
}
