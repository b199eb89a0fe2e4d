/** How good the connection of a peer is (PROTOCOL.md, rules V). */
import { z } from 'zod';

export const NetworkQuality = z.enum(['excellent', 'good', 'poor', 'lost']);
export type NetworkQuality = 'excellent' | 'good' | 'poor' | 'lost';

/** What keeps it from being excellent: its uplink, its downlink, losses and delays, or a limit of the server. */
export const NetworkLimit = z.enum(['up', 'down', 'loss', 'server']);
export type NetworkLimit = 'up' | 'down' | 'loss' | 'server';

export const PeerQuality = z.object({
  peerId: z.string(),
  quality: NetworkQuality,
  limitedBy: NetworkLimit.nullable(),
});
export type PeerQuality = z.infer<typeof PeerQuality>;
