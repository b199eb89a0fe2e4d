/** WHIP, WHEP and offers of the server on a bare mediasoup router: `src/sdp` without the rest of the server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createWorker } from 'mediasoup';
import type { Producer, Router, WebRtcServer, Worker } from 'mediasoup/types';
import { AppError } from '../../../src/lib/errors.ts';
import { MEDIA_CODECS } from '../../../src/media/codecs.ts';
import { openTransport, optionsOf } from '../../../src/media/transport.ts';
import type { EgressPlan } from '../../../src/sdp/egress-codecs.ts';
import { type PlayedTrack, readPlayOffer, writePlayAnswer } from '../../../src/sdp/whep.ts';
import { readPublishOffer, writePublishAnswer } from '../../../src/sdp/whip.ts';
import { OfferedClient } from './offered-client.ts';
import { type RtpFormat, sendRtp } from './rtp-source.ts';

const SESSION_ID = 1;
const PAYLOAD_TYPE = 110;

export class SdpEndpoint {
  readonly #worker: Worker;
  readonly #webRtcServer: WebRtcServer;
  readonly #router: Router;
  readonly #http: Server;
  readonly #egress = new Map<string, Promise<Router>>();
  readonly #sources: Producer[] = [];
  #client: OfferedClient | undefined;
  /** What clients published by WHIP. */
  readonly producers: Producer[] = [];

  private constructor(worker: Worker, webRtcServer: WebRtcServer, router: Router) {
    this.#worker = worker;
    this.#webRtcServer = webRtcServer;
    this.#router = router;
    this.#http = createServer((request, response) => void this.#handle(request, response));
  }

  static async open(address = '127.0.0.1'): Promise<SdpEndpoint> {
    const worker = await createWorker({ logLevel: 'warn' });
    const listenInfos = (['udp', 'tcp'] as const).map((protocol) => ({ protocol, ip: address }));
    const webRtcServer = await worker.createWebRtcServer({ listenInfos });
    const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
    const endpoint = new SdpEndpoint(worker, webRtcServer, router);
    await new Promise<void>((resolve) => endpoint.#http.listen(0, address, resolve));
    return endpoint;
  }

  /** The address of one of its resources. */
  url(path: 'whip' | 'whep' | 'offers'): string {
    const { address, port } = this.#http.address() as AddressInfo;
    return `http://${address}:${port}/${path}`;
  }

  /** Begins to send pictures or silence into the router. */
  async addSource(codec: RtpFormat['codec']): Promise<Producer> {
    const transport = await this.#router.createDirectTransport();
    const format = { codec, payloadType: PAYLOAD_TYPE, ssrc: 1000 + this.#sources.length };
    const kind = codec === 'opus' ? 'audio' : 'video';
    const producer = await transport.produce({ kind, rtpParameters: sourceParameters(format) });
    const stop = sendRtp(format, (packet) => producer.send(packet));
    producer.observer.on('close', stop);
    this.#sources.push(producer);
    return producer;
  }

  /** Prepares offers for one client, which gets them at `offers`. */
  async openClient(): Promise<OfferedClient> {
    const transport = await openTransport({ router: this.#router, webRtcServer: this.#webRtcServer });
    this.#client = new OfferedClient(this.#router, transport);
    return this.#client;
  }

  close(): void {
    for (const source of this.#sources) source.close();
    this.#client?.end();
    this.#worker.close();
    this.#http.closeAllConnections();
    this.#http.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await text(request);
      const [status, answer] = await this.#answer(`${request.method} ${request.url}`, body);
      response.writeHead(status, { 'Content-Type': 'application/sdp' }).end(answer);
    } catch (error) {
      response.writeHead(error instanceof AppError ? error.httpStatus : 500).end(String(error));
    }
  }

  async #answer(request: string, body: string): Promise<[status: number, body: string]> {
    if (request === 'POST /whip') return [201, await this.#publish(body)];
    if (request === 'POST /whep') return [201, await this.#play(body)];
    if (!this.#client) throw new AppError('path_not_found');
    if (request === 'POST /offers') {
      await this.#client.answer(body);
      return [204, ''];
    }
    const offer = await this.#client.nextOffer();
    return offer === undefined ? [204, ''] : [200, offer];
  }

  async #publish(sdp: string): Promise<string> {
    const offer = readPublishOffer(sdp, this.#router.rtpCapabilities);
    const transport = await openTransport({ router: this.#router, webRtcServer: this.#webRtcServer });
    await transport.connect({ dtlsParameters: offer.dtlsParameters });
    for (const { kind, rtpParameters } of offer.publications) {
      this.producers.push(await transport.produce({ kind, rtpParameters }));
    }
    return writePublishAnswer(offer, { transport: optionsOf(transport), sessionId: SESSION_ID });
  }

  async #play(sdp: string): Promise<string> {
    const offer = readPlayOffer(sdp, this.#router.rtpCapabilities);
    const { rtpCapabilities, playable } = offer;
    const router = await this.#egressRouter(offer.egress);
    const transport = await openTransport({ router, webRtcServer: this.#webRtcServer });
    await transport.connect({ dtlsParameters: offer.dtlsParameters });
    const tracks = new Map<string, PlayedTrack>();
    for (const { mid, kind } of playable) {
      const source = this.#sources.find((producer) => producer.kind === kind);
      if (!source) continue;
      const producerId = await this.#pipe(source, router);
      const consumer = await transport.consume({ producerId, rtpCapabilities, mid });
      tracks.set(mid, { trackId: kind, rtpParameters: consumer.rtpParameters });
    }
    const options = { transport: optionsOf(transport), sessionId: SESSION_ID, streamId: 'room', tracks };
    return writePlayAnswer(offer, options);
  }

  #egressRouter({ key, mediaCodecs }: EgressPlan): Promise<Router> {
    const open = this.#egress.get(key) ?? this.#worker.createRouter({ mediaCodecs });
    this.#egress.set(key, open);
    return open;
  }

  async #pipe(source: Producer, router: Router): Promise<string> {
    const { pipeProducer } = await this.#router.pipeToRouter({
      producerId: source.id,
      router,
      keepId: false,
    });
    if (!pipeProducer) throw new Error('there is no pipe');
    return pipeProducer.id;
  }
}

function sourceParameters({ codec, payloadType, ssrc }: RtpFormat) {
  const isAudio = codec === 'opus';
  return {
    codecs: [
      {
        mimeType: isAudio ? ('audio/opus' as const) : (`video/${codec}` as const),
        payloadType,
        clockRate: isAudio ? 48_000 : 90_000,
        ...(isAudio && { channels: 2 }),
        ...(codec === 'H264' && { parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f' } }),
        rtcpFeedback: isAudio ? [] : [{ type: 'nack', parameter: 'pli' }],
      },
    ],
    encodings: [{ ssrc }],
    rtcp: { cname: 'source' },
  };
}
