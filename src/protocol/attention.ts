/** What a client wants to receive and what it shows of it, and what it gets (PROTOCOL.md, rules V). */
import { z } from 'zod';
import { SOURCES } from './grants.ts';
import { PictureSize } from './media.ts';
import { Reference } from './model.ts';

const Edge = PictureSize.shape.width.or(z.literal(0));

/** How a client shows a video. */
export const View = z.object({
  producerId: Reference,
  /** Whether anything of it can be seen. The server pauses what is hidden. */
  visible: z.boolean(),
  /** Of the picture as it is shown, in pixels of the screen; 0 where that is not known: then it is sent as large as it is. */
  width: Edge,
  height: Edge,
  /** Whether the user wants it sharp. It keeps its quality when the line is short. */
  pinned: z.boolean().default(false),
});
export type View = z.output<typeof View>;

/**
 * Whether the client wants to receive what fits: one producer, what one peer publishes, a source, or a source of one peer.
 * Without any of them, everything. The narrower rule counts.
 */
export const SubscriptionRule = z.object({
  producerId: Reference.exactOptional(),
  peerId: Reference.exactOptional(),
  source: z.enum(SOURCES).exactOptional(),
  subscribe: z.boolean(),
});
export type SubscriptionRule = z.output<typeof SubscriptionRule>;

export const SubscriptionRules = z.array(SubscriptionRule).max(500);

export const Demands = z.object({
  views: z.array(View).max(500).default([]),
  rules: SubscriptionRules.default([]),
});

/** What a client gets of a video that it shows, where it is less than that. */
export const DeliveryInfo = z.object({
  consumerId: z.string(),
  peerId: z.string(),
  producerId: z.string(),
  /** `reduced`: a smaller picture or fewer frames than it has use for. */
  delivery: z.enum(['full', 'reduced', 'paused']),
  /** Why it is not `full`: the line of this client is short, or a limit of the server is reached. */
  reason: z.enum(['bandwidth', 'limit']).nullable(),
});
export type DeliveryInfo = z.infer<typeof DeliveryInfo>;
