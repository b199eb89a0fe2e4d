import type { ConsumerLayers } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import type { SubscriptionRule, View } from '../protocol/attention.ts';
import type { MediaPublication } from './publication.ts';

/** How many of each are kept for one member. */
const MAX_VIEWS = 2000;
const MAX_RULES = 1000;

/** What one member wants to receive, and how it shows it, as its client has said. Without a word it wants everything. */
export class Demand {
  readonly #views = new Map<string, View>();
  readonly #caps = new Map<string, ConsumerLayers>();
  readonly #rules = new Map<string, boolean>();

  /** Throws `limit_reached`. */
  update({ views = [], rules = [] }: { views?: readonly View[]; rules?: readonly SubscriptionRule[] }): void {
    const keys = new Set(rules.map((rule) => keyOf(rule)));
    for (const key of this.#rules.keys()) keys.add(key);
    if (keys.size > MAX_RULES)
      throw new AppError('limit_reached', `no more than ${MAX_RULES} rules are kept`);
    for (const rule of rules) this.#rules.set(keyOf(rule), rule.subscribe);
    for (const view of views) remember(this.#views, view.producerId, view);
  }

  /** Whatever it shows, no more than these layers of a video are of use. */
  cap(producerId: string, layers: ConsumerLayers): void {
    remember(this.#caps, producerId, layers);
  }

  wants({ id: producerId, peerId, source }: MediaPublication): boolean {
    const keys = [
      keyOf({ producerId }),
      keyOf({ peerId, source }),
      keyOf({ peerId }),
      keyOf({ source }),
      keyOf({}),
    ];
    for (const key of keys) {
      const subscribe = this.#rules.get(key);
      if (subscribe !== undefined) return subscribe;
    }
    return true;
  }

  /** Undefined where the client has not said how it shows it. */
  viewOf({ id }: MediaPublication): View | undefined {
    return this.#views.get(id);
  }

  capOf({ id }: MediaPublication): ConsumerLayers | undefined {
    return this.#caps.get(id);
  }

  /** It is published no longer. */
  forget({ id: producerId }: { id: string }): void {
    this.#views.delete(producerId);
    this.#caps.delete(producerId);
    this.#rules.delete(keyOf({ producerId }));
  }
}

function keyOf({ producerId, peerId, source }: Partial<SubscriptionRule>): string {
  if (producerId !== undefined) return `producer ${producerId}`;
  return `${peerId ?? ''} ${source ?? ''}`;
}

/** The one that was said first is forgotten where there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_VIEWS && oldest !== undefined) map.delete(oldest);
}
