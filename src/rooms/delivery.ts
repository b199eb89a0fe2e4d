import type { ConsumerLayers } from 'mediasoup/types';

/** Why a receiver gets less of a video than it has use for. */
export type Shortage = 'bandwidth' | 'limit';

/** A limit that keeps a member from receiving all that it wants, by the name of its variable. */
export type ReceivingLimit =
  | 'MAX_CONSUMERS_PER_PEER'
  | 'MAX_VIDEO_CONSUMERS_PER_PEER'
  | 'MAX_OUTGOING_BITRATE';

/** How much of one publication a receiver should get. */
export interface Delivery {
  /** The best layers that are sent; undefined for all of them, and for sound. */
  readonly layers: ConsumerLayers | undefined;
  /** Undefined where it flows. What is hidden is not shown to anybody at the receiver. */
  readonly paused: 'hidden' | Shortage | undefined;
  /** Why it is paused, or sent in lower layers than fill what shows it. */
  readonly shortage: Shortage | undefined;
  /** Of the line, as mediasoup takes it: 1 to 255. */
  readonly priority: number;
  /** The spatial layers that its publisher has to send for this. */
  readonly spatialLayers: readonly number[];
}

/** All of it, as its publisher sends it. */
export const WHOLE: Delivery = {
  layers: undefined,
  paused: undefined,
  shortage: undefined,
  priority: 1,
  spatialLayers: [],
};

export function isSameDelivery(one: Delivery, other: Delivery): boolean {
  return (
    one.paused === other.paused &&
    one.shortage === other.shortage &&
    one.priority === other.priority &&
    one.layers?.spatialLayer === other.layers?.spatialLayer &&
    one.layers?.temporalLayer === other.layers?.temporalLayer &&
    one.spatialLayers.join() === other.spatialLayers.join()
  );
}
