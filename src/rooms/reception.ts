import type { RtpCapabilities } from 'mediasoup/types';
import type { Closer } from '../lib/closer.ts';
import type { Logger } from '../lib/logger.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Grant } from '../protocol/grants.ts';
import type { ConsumerInfo, DataConsumerInfo } from '../protocol/model.ts';
import type { MemberProducer, PublishedData } from './member.ts';

interface Options {
  media: PeerMedia;
  /** What the browser can receive. */
  rtpCapabilities: RtpCapabilities;
  grants: ReadonlySet<Grant>;
  maxConsumers: number;
  /** The peer's. */
  closer: Closer;
  logger: Logger;
}

/** What a joined peer receives of the others: all that it may and can take, up to its limit. */
export class Reception {
  readonly #options: Options;
  /** Producers of others that are received, or on their way. */
  #consuming = 0;
  #limitNoted = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** A consumer of another's producer; undefined where there is none to be had. It starts paused. */
  async consume(member: MemberProducer): Promise<ConsumerInfo | undefined> {
    const { media, rtpCapabilities, grants } = this.#options;
    if (!grants.has('subscribe') || this.#atLimit()) return undefined;
    this.#consuming++;
    const subscription = await this.#unlessClosed(member.producer, media.consume(member, rtpCapabilities));
    if (!subscription) {
      this.#consuming--;
      return undefined;
    }
    const { observer, id, kind, producerPaused, rtpParameters } = subscription.consumer;
    observer.once('close', () => {
      this.#consuming--;
    });
    return {
      id,
      peerId: member.peerId,
      producerId: member.id,
      kind,
      source: member.source,
      paused: producerPaused,
      rtpParameters: { ...rtpParameters, encodings: rtpParameters.encodings ?? [] },
    };
  }

  /** The receiving end of another's data channel; undefined where there is none to be had. */
  async consumeData(data: PublishedData): Promise<DataConsumerInfo | undefined> {
    const { media, grants } = this.#options;
    if (!grants.has('data')) return undefined;
    const { peerId, reliability, dataProducer } = data;
    const consumer = await this.#unlessClosed(dataProducer, media.consumeData(dataProducer.id));
    if (!consumer?.sctpStreamParameters) return undefined;
    const { id, sctpStreamParameters } = consumer;
    return { id, peerId, dataProducerId: data.id, reliability, sctpStreamParameters };
  }

  /** Notes the limit in the log once. */
  #atLimit(): boolean {
    if (this.#consuming < this.#options.maxConsumers) return false;
    if (!this.#limitNoted) {
      this.#options.logger.warn(
        { limit: 'MAX_CONSUMERS_PER_PEER' },
        'limit reached, a producer is not received',
      );
    }
    this.#limitNoted = true;
    return true;
  }

  /** What arrives of another peer's; undefined where that is closed by now, or this peer. */
  async #unlessClosed<T>(theirs: { closed: boolean }, arriving: Promise<T>): Promise<T | undefined> {
    try {
      return await arriving;
    } catch (error) {
      const expected = theirs.closed || this.#options.closer.closed;
      if (!expected) this.#options.logger.error({ err: error }, 'a producer could not be offered');
      return undefined;
    }
  }
}
