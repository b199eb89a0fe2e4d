import type { DataConsumer } from 'mediasoup-client/types';
import type { DataConsumerInfo } from '../protocol/model.ts';
import type { Signaling } from './signaling.ts';
import type { Transports } from './transports.ts';

interface Options {
  transports: Pick<Transports, 'consumeData'>;
  request: Signaling['request'];
  onData: (info: DataConsumerInfo, data: string | ArrayBuffer) => void;
}

interface DataSubscription {
  readonly info: DataConsumerInfo;
  consumer?: DataConsumer;
}

/** The data channels of the others that one session receives. */
export class DataSubscriptions {
  readonly #options: Options;
  /** By the id of the data producer. */
  readonly #subscriptions = new Map<string, DataSubscription>();

  constructor(options: Options) {
    this.#options = options;
  }

  open(infos: readonly DataConsumerInfo[]): void {
    for (const info of infos) {
      if (this.#subscriptions.get(info.dataProducerId)?.info.id === info.id) continue;
      const subscription: DataSubscription = { info };
      this.#subscriptions.set(info.dataProducerId, subscription);
      const { id, dataProducerId, reliability, sctpStreamParameters } = info;
      this.#options.transports
        .consumeData({ id, dataProducerId, label: reliability, sctpStreamParameters })
        .then((consumer) => this.#opened(subscription, consumer))
        .catch((error: unknown) => this.#failed(info, error));
    }
  }

  /** All that there are: the rest is closed, and what is missing is opened. */
  sync(infos: readonly DataConsumerInfo[]): void {
    const wanted = new Set(infos.map(({ id }) => id));
    for (const { info } of this.#subscriptions.values())
      if (!wanted.has(info.id)) this.close(info.dataProducerId);
    this.open(infos);
  }

  close(dataProducerId: string): void {
    this.#subscriptions.get(dataProducerId)?.consumer?.close();
    this.#subscriptions.delete(dataProducerId);
  }

  closeAll(): void {
    for (const id of [...this.#subscriptions.keys()]) this.close(id);
  }

  closePeer(peerId: string): void {
    for (const { info } of this.#subscriptions.values())
      if (info.peerId === peerId) this.close(info.dataProducerId);
  }

  /** The transport is gone, and the consumers with it. */
  clear(): void {
    this.#subscriptions.clear();
  }

  #opened(subscription: DataSubscription, consumer: DataConsumer): void {
    const { info } = subscription;
    if (this.#subscriptions.get(info.dataProducerId) !== subscription) {
      consumer.close();
      return;
    }
    subscription.consumer = consumer;
    consumer.binaryType = 'arraybuffer';
    consumer.on('message', (data: string | ArrayBuffer) => this.#options.onData(info, data));
    if (consumer.readyState === 'open') this.#confirm(info.id);
    else consumer.once('open', () => this.#confirm(info.id));
  }

  /** Tells that this end of a channel is open: its sender waits for that. It fails only with what it is about. */
  #confirm(id: string): void {
    this.#options.request('confirmDataConsumers', { ids: [id] }).catch(() => {});
  }

  #failed(info: DataConsumerInfo, error: unknown): void {
    this.#subscriptions.delete(info.dataProducerId);
    const isClosed = error instanceof Error && error.name === 'InvalidStateError';
    if (!isClosed) console.warn('not received', error);
  }
}
