import type { DataProducer } from 'mediasoup-client/types';
import type { Reliability } from '../protocol/model.ts';
import { RoomError } from './errors.ts';
import type { Signaling } from './signaling.ts';
import type { Transports } from './transports.ts';

/** So long one receiver that does not open its end can hold up a new channel for the others, in milliseconds. */
const READY_TIMEOUT_MS = 5000;

/** The data channels that one session sends on: one for each reliability, made when it is first used. */
export class DataChannels {
  readonly #transports: Pick<Transports, 'produceData'>;
  readonly #request: Signaling['request'];
  readonly #channels = new Map<Reliability, Promise<DataProducer>>();
  /** What is done when the others have opened their ends of a new channel, by its id. */
  readonly #opening = new Map<string, () => void>();

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

  /** The others have opened their ends of a channel: what is sent before does not reach them. */
  ready(id: string): void {
    this.#opening.get(id)?.();
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
    channel.observer.once('close', () => this.#channels.delete(reliability));
    const ready = this.#ready(channel.id);
    try {
      const streamId = channel.sctpStreamParameters.streamId ?? 0;
      await this.#request('produceData', { id: channel.id, reliability, streamId });
      await Promise.all([opened(channel), ready]);
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  #ready(id: string): Promise<void> {
    return new Promise<void>((resolve) => {
      const late = setTimeout(resolve, READY_TIMEOUT_MS);
      this.#opening.set(id, () => {
        clearTimeout(late);
        resolve();
      });
    }).finally(() => this.#opening.delete(id));
  }
}

function opened(channel: DataProducer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (channel.readyState === 'open') return resolve();
    channel.once('open', resolve);
    channel.observer.once('close', () => reject(new RoomError('connection_lost')));
  });
}
