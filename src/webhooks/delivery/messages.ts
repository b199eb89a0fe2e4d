/** What the server and the thread that delivers tell each other. */
import type { QueuedEvent } from '../outbox-table.ts';

export interface ReceiverConfig {
  /** A name that does not change with the order of the configuration. */
  readonly id: string;
  readonly url: string;
}

/** With what the thread starts. */
export interface DelivererConfig {
  readonly receivers: readonly ReceiverConfig[];
  readonly secrets: readonly string[];
  readonly allowedNetworks: readonly string[];
}

export type ToDeliverer =
  /** Events that are on disk, in their order, for these receivers. */
  | {
      readonly kind: 'events';
      readonly events: readonly QueuedEvent[];
      readonly receivers: readonly string[];
    }
  /** A stream in which events wait on disk. */
  | { readonly kind: 'backlog'; readonly receiver: string; readonly streams: readonly string[] }
  /** What was asked for with `load`. `more`: there is more on disk. */
  | {
      readonly kind: 'loaded';
      readonly load: number;
      readonly events: readonly QueuedEvent[];
      readonly more: boolean;
    }
  | { readonly kind: 'close' };

export type FromDeliverer =
  /** Asks for the events of a stream behind a number. */
  | {
      readonly kind: 'load';
      readonly load: number;
      readonly receiver: string;
      readonly stream: string;
      readonly after: number;
    }
  | { readonly kind: 'delivered'; readonly receiver: string; readonly seqs: readonly number[] }
  | { readonly kind: 'failed'; readonly receiver: string; readonly seq: number; readonly reason: string }
  /** An attempt that failed and is repeated. */
  | { readonly kind: 'delayed'; readonly receiver: string; readonly reason: string };
