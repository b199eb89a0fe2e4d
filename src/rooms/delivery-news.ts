import type { DeliveryInfo } from '../protocol/attention.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import type { ConsumerInfo } from '../protocol/model.ts';
import type { Delivery } from './delivery.ts';

/** Tells a client which of its videos give way to a short line, and why: once for all changes of a turn of the event loop. */
export class DeliveryNews {
  readonly #tell: (event: OutgoingEvent) => void;
  /** What was told last of each consumer that is not sent in full. */
  readonly #told = new Map<string, DeliveryInfo>();
  readonly #changes = new Map<string, DeliveryInfo>();

  constructor(tell: (event: OutgoingEvent) => void) {
    this.#tell = tell;
  }

  note({ id: consumerId, peerId, producerId }: ConsumerInfo, delivery: Delivery): void {
    const { shortage } = delivery;
    const kind = shortage === undefined ? 'full' : delivery.paused ? 'paused' : 'reduced';
    const info = { consumerId, peerId, producerId, delivery: kind, reason: shortage ?? null } as const;
    this.#changes.set(consumerId, info);
    if (this.#changes.size === 1) setImmediate(() => this.#flush());
  }

  forget(consumerId: string): void {
    this.#told.delete(consumerId);
    this.#changes.delete(consumerId);
  }

  #flush(): void {
    const consumers = [...this.#changes.values()].filter((info) => this.#isNews(info));
    this.#changes.clear();
    for (const info of consumers) {
      if (info.delivery === 'full') this.#told.delete(info.consumerId);
      else this.#told.set(info.consumerId, info);
    }
    if (consumers.length > 0) this.#tell(new OutgoingEvent('deliveryChanged', { consumers }));
  }

  #isNews({ consumerId, delivery, reason }: DeliveryInfo): boolean {
    const told = this.#told.get(consumerId);
    return delivery !== (told?.delivery ?? 'full') || reason !== (told?.reason ?? null);
  }
}
