import type { DataProducer } from 'mediasoup-client/types';
import type { Reliability } from '../protocol/model.ts';
import { RoomError } from './errors.ts';
import type { Signaling } from './signaling.ts';
import type { Transports } from './transports.ts';

/**
 * How long the others may take to open their end of a new channel, in milliseconds: what is sent before is lost, and
 * the server does not tell when they are ready.
 */
const SETTLE_MS = 300;

/** The data channels that one session sends on: one for each reliability, made when it is first used. */
export class DataChannels {
  readonly #transports: Pick<Transports, 'produceData'>;
  readonly #request: Signaling['request'];
  readonly #channels = new Map<Reliability, Promise<DataProducer>>();

  constructor(transports: Pick<Transports, 'produceData'>, request: Signaling['request']) {
    this.#transports = transports;
    this.#request = request;
  }

  /** Sends to all others; resolves when the message is on its way. Messages keep their order. */
  async send(
    data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
    reliability: Reliability,
  ): Promise<void> {
    const channel = await this.#channel(reliability);
    channel.send(data);
  }

  #channel(reliability: Reliability): Promise<DataProducer> {
    let opening = this.#channels.get(reliability);
    if (!opening) {
      opening = this.#open(reliability);
      this.#channels.set(reliability, opening);
      opening.catch(() => this.#channels.delete(reliability));
    }
    return opening;
  }

  /** The server drops what it gets on a stream that it was not told of: it is told before the first message. */
  async #open(reliability: Reliability): Promise<DataProducer> {
    const channel = await this.#transports.produceData(reliability);
    const forget = () => this.#channels.delete(reliability);
    channel.observer.once('close', forget);
    try {
      const streamId = channel.sctpStreamParameters.streamId ?? 0;
      await this.#request('produceData', { id: channel.id, reliability, streamId });
      await Promise.all([opened(channel), new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    }
  }
}

function opened(channel: DataProducer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (channel.readyState === 'open') return resolve();
    channel.once('open', resolve);
    channel.observer.once('close', () => reject(new RoomError('connection_lost')));
  });
}
