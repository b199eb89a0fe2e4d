/** A mediasoup worker without a server around it: what it can do at best. */
import { createWorker } from 'mediasoup';
import type { Producer, Router, WebRtcServer, WebRtcTransport } from 'mediasoup/types';
import { MEDIA_CODECS } from '../../src/media/codecs.ts';
import { RtpCapabilities } from '../../src/protocol/media.ts';
import { Generator } from '../load/generator.ts';
import { extensionIds, LOUD, receivable, sendable, senderOptions } from '../load/media-parameters.ts';
import type { RoomShape, Target } from './forward-target.ts';

/** @param program of the generator */
export async function bareWorker(program: string): Promise<Target> {
  const worker = await createWorker({ logLevel: 'warn' });
  const webRtcServer = await worker.createWebRtcServer({
    listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
  });
  const generator = await Generator.start(program);
  return {
    name: 'worker alone',
    firstPackets: 50_000,
    generator,
    processes: [{ pid: worker.pid, name: 'worker' }],
    async addRoom(shape) {
      const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
      await new BareRoom(router, webRtcServer, generator).fill(shape);
    },
    async close() {
      await generator.close();
      worker.close();
    },
  };
}

class BareRoom {
  readonly #router: Router;
  readonly #webRtcServer: WebRtcServer;
  readonly #generator: Generator;
  readonly #capabilities: RtpCapabilities;

  constructor(router: Router, webRtcServer: WebRtcServer, generator: Generator) {
    this.#router = router;
    this.#webRtcServer = webRtcServer;
    this.#generator = generator;
    this.#capabilities = RtpCapabilities.parse(router.rtpCapabilities);
  }

  async fill({ publishers, viewers, kind, bitrate }: RoomShape): Promise<void> {
    const producers = await Promise.all(
      Array.from({ length: publishers }, () => this.#publish(kind, bitrate)),
    );
    const receivers = [...producers, ...Array.from({ length: viewers }, () => undefined)];
    await Promise.all(
      receivers.map((own) => this.#receive(producers.filter((producer) => producer !== own))),
    );
  }

  async #publish(kind: RoomShape['kind'], bitrate: number): Promise<Producer> {
    const { id, transport } = await this.#connect('server');
    const rtpParameters = sendable(this.#capabilities, kind, { mid: '0', layers: 1 });
    const options = { transport: id, kind, bitrate, level: LOUD, dtx: false };
    const producer = await transport.produce({ kind, rtpParameters });
    this.#generator.send(senderOptions(this.#capabilities, rtpParameters, options));
    return producer;
  }

  async #receive(producers: readonly Producer[]): Promise<void> {
    const { id, transport } = await this.#connect('client');
    const rtpCapabilities = receivable(this.#capabilities);
    for (const { id: producerId, kind } of producers) {
      const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
      const { encodings = [], codecs } = consumer.rtpParameters;
      const clockRate = codecs[0]?.clockRate ?? 0;
      this.#generator.receive({ transport: id, kind, ssrc: encodings[0]?.ssrc ?? 0, clockRate });
      await consumer.resume();
    }
  }

  /** @param role of the peer in the DTLS handshake */
  async #connect(role: 'client' | 'server'): Promise<{ id: number; transport: WebRtcTransport }> {
    const transport = await this.#router.createWebRtcTransport({ webRtcServer: this.#webRtcServer });
    const fingerprints = [{ algorithm: 'sha-256' as const, value: this.#generator.fingerprint }];
    const { id, connected } = this.#generator.openTransport(
      transport,
      role,
      extensionIds(this.#capabilities),
    );
    await transport.connect({ dtlsParameters: { role, fingerprints } });
    await connected;
    return { id, transport };
  }
}
