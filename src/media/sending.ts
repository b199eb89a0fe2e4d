import type { DataProducer, Producer } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import { KIND_OF_SOURCE, type Source } from '../protocol/grants.ts';
import type { PictureSize, RtpParameters } from '../protocol/media.ts';
import type { Reliability } from '../protocol/model.ts';
import type { SctpStreamParameters } from '../protocol/transports.ts';
import { assertCodecsTaken } from './capabilities.ts';
import type { ClientTransport } from './client-transport.ts';
import { ROUTER_CAPABILITIES } from './codecs.ts';
import { KEY_FRAME_REQUEST_INTERVAL_MS, KeyFrames } from './key-frames.ts';
import type { PublishedMedia, Publisher } from './publication.ts';
import { refusable } from './refusals.ts';
import { SoundRate } from './sound-rate.ts';
import { VideoLayers } from './video-layers.ts';

/** Takes an id for a producer; undefined if the room uses it already. The function that it returns frees the id. */
export type ClaimId = (id: string) => (() => void) | undefined;

/**
 * RFC 8831 section 6.4. mediasoup's worker takes 0 retransmissions for none given, which would be all that are needed.
 */
const DELIVERY = {
  reliable: { ordered: true },
  lossy: { ordered: false, maxRetransmits: 1 },
} as const satisfies Record<Reliability, Omit<SctpStreamParameters, 'streamId'>>;

/** The transport that a client sends on, and its producers. */
export class Sending {
  readonly #transport: ClientTransport;
  readonly #claimId: ClaimId;
  readonly #producers = new Set<Producer>();

  constructor(transport: ClientTransport, claimId: ClaimId) {
    this.#transport = transport;
    this.#claimId = claimId;
  }

  /**
   * How well the worst of its producers arrives, by mediasoup's scores from 0 to 10; undefined where nothing does. A layer
   * that is not sent says nothing.
   */
  get score(): number | undefined {
    const scores = [...this.#producers]
      .filter(({ paused }) => !paused)
      .flatMap(({ score }) => score.map((stream) => stream.score))
      .filter((score) => score > 0);
    return scores.length > 0 ? Math.min(...scores) : undefined;
  }

  /** The bytes of media and data that the client has sent. */
  async receivedBytes(): Promise<number> {
    const { transport, closer } = this.#transport;
    const stats = await closer.wait(transport.getStats());
    return stats.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);
  }

  /** Throws `id_taken`, `invalid_media`, or the code that the transport closed with. */
  async produce(
    publisher: Publisher,
    params: {
      id: string;
      source: Source;
      rtpParameters: RtpParameters;
      paused: boolean;
      size?: PictureSize;
    },
  ): Promise<PublishedMedia> {
    const { id, source, rtpParameters, paused, size } = params;
    assertCodecsTaken(rtpParameters, ROUTER_CAPABILITIES);
    const producer = await this.#claimed(id, () =>
      this.#transport.transport.produce({
        kind: KIND_OF_SOURCE[source],
        rtpParameters,
        paused,
        keyFrameRequestDelay: KEY_FRAME_REQUEST_INTERVAL_MS,
      }),
    );
    this.#producers.add(producer);
    producer.observer.once('close', () => this.#producers.delete(producer));
    const keyFrames = await this.#transport.closer.wait(KeyFrames.watch(producer));
    const at = performance.now();
    const { origin } = publisher;
    return {
      id,
      source,
      producer,
      origin,
      keyFrames,
      publisher,
      at,
      ...rates(producer, rtpParameters, size),
    };
  }

  /** Pauses or resumes a producer. Throws `not_found`, or the code that the transport closed with. */
  async setPaused(producer: Producer, paused: boolean): Promise<void> {
    try {
      await this.#transport.closer.wait(paused ? producer.pause() : producer.resume());
    } catch (error) {
      if (!producer.closed || error instanceof AppError) throw error;
      throw new AppError('not_found', 'this producer was closed meanwhile');
    }
  }

  /** Throws `id_taken`, `invalid_media`, or the code that the transport closed with. */
  async produceData(params: {
    id: string;
    reliability: Reliability;
    streamId: number;
  }): Promise<DataProducer> {
    const { id, reliability, streamId } = params;
    const sctpStreamParameters = { streamId, ...DELIVERY[reliability] };
    return await this.#claimed(id, () =>
      this.#transport.transport.produceData({ label: reliability, sctpStreamParameters }),
    );
  }

  /** Claims the id, makes what bears it, and frees the id when that closes or was refused. */
  async #claimed<T extends Producer | DataProducer>(id: string, make: () => Promise<T>): Promise<T> {
    const { closer } = this.#transport;
    closer.assertOpen();
    const release = this.#claimId(id);
    if (!release) throw new AppError('id_taken');
    try {
      const made = await closer.adopt(refusable(make));
      onceClosed(made, release);
      return made;
    } catch (error) {
      release();
      throw error;
    }
  }
}

function rates(
  { kind }: Producer,
  { encodings }: RtpParameters,
  size: PictureSize | undefined,
): Pick<PublishedMedia, 'layers' | 'sound'> {
  if (kind === 'audio') return { layers: undefined, sound: new SoundRate() };
  return { layers: new VideoLayers(encodings, size), sound: undefined };
}

function onceClosed(made: Producer | DataProducer, listener: () => void): void {
  if ('kind' in made) made.observer.once('close', listener);
  else made.observer.once('close', listener);
}
