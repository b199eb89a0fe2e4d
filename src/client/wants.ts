import type { SubscriptionRule } from '../protocol/attention.ts';
import type { Source } from '../protocol/grants.ts';
import type { RemotePeer, RemoteSource } from './remote-peer.ts';
import { ShownVideos } from './shown-videos.ts';
import type { Signaling } from './signaling.ts';

interface Options {
  /** Asks the server; undefined while this peer is not in the room. */
  request: () => Signaling['request'] | undefined;
  /** Whether elements decide what is sent. */
  isAdaptive: boolean;
  /** Whether everything is received without being asked for. */
  isSubscribing: boolean;
}

/** What a rule is about: one thing that a peer publishes, all of a peer, a source of it, a source of all, or everything. */
export type SubscriptionTarget = RemoteSource | { peer?: RemotePeer; source?: Source };

/** What this peer wants to receive of the others, and how it shows it. It outlives sessions. */
export class Wants {
  readonly shown: ShownVideos;
  readonly #request: Options['request'];
  readonly #rules = new Map<string, SubscriptionRule>();

  constructor({ request, isAdaptive, isSubscribing }: Options) {
    this.#request = request;
    this.shown = new ShownVideos((views) => request()?.('updateSubscriptions', { views }), isAdaptive);
    if (!isSubscribing) this.#remember({ subscribe: false });
  }

  /** For a join. */
  get rules(): SubscriptionRule[] {
    return [...this.#rules.values()];
  }

  async setSubscribed(target: SubscriptionTarget, subscribe: boolean): Promise<void> {
    const rule = ruleOf(target, subscribe);
    this.#remember(rule);
    await this.#request()?.('updateSubscriptions', { rules: [rule] });
  }

  #remember(rule: SubscriptionRule): void {
    const { producerId, peerId, source } = rule;
    this.#rules.set(`${producerId} ${peerId} ${source}`, rule);
  }
}

function ruleOf(target: SubscriptionTarget, subscribe: boolean): SubscriptionRule {
  if ('id' in target) return { producerId: target.id, subscribe };
  const { peer, source } = target;
  return { ...(peer && { peerId: peer.id }), ...(source && { source }), subscribe };
}
