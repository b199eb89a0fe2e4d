/** A video that flows through a real router, packet by packet, without a browser. */
import { createWorker } from 'mediasoup';
import type { Consumer, DirectTransport, Producer, Router, Worker } from 'mediasoup/types';
import { MEDIA_CODECS } from '../../src/media/codecs.ts';

const PAYLOAD_TYPE = 96;
const SSRC = 4711;

/** What a packet of VP8 begins (RFC 7741 section 4): a frame that stands alone, or one that needs the one before it. */
type Frame = 'key' | 'delta';

export class DirectVideo {
  readonly producer: Producer;
  readonly #worker: Worker;
  readonly #router: Router;
  readonly #transport: DirectTransport;
  #sequenceNumber = 0;

  private constructor(worker: Worker, router: Router, transport: DirectTransport, producer: Producer) {
    this.#worker = worker;
    this.#router = router;
    this.#transport = transport;
    this.producer = producer;
  }

  /** @param layers how many pictures of it are sent beside each other */
  static async open({ layers = 1 } = {}): Promise<DirectVideo> {
    const worker = await createWorker({ logLevel: 'error' });
    const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
    const transport = await router.createDirectTransport();
    const producer = await transport.produce({
      kind: 'video',
      rtpParameters: {
        mid: '0',
        codecs: [
          {
            mimeType: 'video/VP8',
            payloadType: PAYLOAD_TYPE,
            clockRate: 90_000,
            rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
          },
        ],
        encodings: Array.from({ length: layers }, (_, layer) => ({ ssrc: SSRC + layer })),
        rtcp: { cname: 'test' },
      },
    });
    return new DirectVideo(worker, router, transport, producer);
  }

  /** A paused consumer of the video. */
  async consume(): Promise<Consumer> {
    const { rtpCapabilities } = this.#router;
    return await this.#transport.consume({ producerId: this.producer.id, rtpCapabilities, paused: true });
  }

  /** Sends one packet, with one frame, of one of its layers. */
  send(frame: Frame, layer = 0): void {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0); // RTP version 2
    header.writeUInt8(0x80 | PAYLOAD_TYPE, 1); // with the marker: the frame ends here
    header.writeUInt16BE(++this.#sequenceNumber, 2);
    header.writeUInt32BE(3000 * this.#sequenceNumber, 4);
    header.writeUInt32BE(SSRC + layer, 8);
    const startOfPartition = 0x10;
    this.producer.send(Buffer.concat([header, Buffer.of(startOfPartition, frame === 'key' ? 0 : 1, 0, 0)]));
  }

  close(): void {
    this.#worker.close();
  }
}
