/** The frames of the Go server's protocol: what its clients send, and what they are sent. */
import { z } from 'zod';

/** What a client sends. `data` of an `answer` and of a `candidate` is JSON in a string; of a `chat` it is the text. */
export const GoFrame = z.object({ event: z.string(), data: z.string().default('') });
export type GoFrame = z.infer<typeof GoFrame>;

/** The `data` of an `answer`, parsed. */
export const GoAnswer = z.object({ sdp: z.string() });

/** A line of chat from another member. */
export interface GoChat {
  readonly message: string;
  /** The name of the one who wrote it; undefined for a backend. */
  readonly from: string | undefined;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** The frame of an offer of this server. */
export function encodeGoOffer(sdp: string): string {
  return JSON.stringify({ event: 'offer', data: JSON.stringify({ type: 'offer', sdp }) });
}

/** The frame of a line of chat. Its time is that of the server's clock, as `15:04:05`. */
export function encodeGoChat({ message, from, at }: GoChat): string {
  return JSON.stringify({ event: 'chat', message, from, time: new Date(at).toTimeString().slice(0, 8) });
}
