/** What a client needs to know beside the schemas: free of the schema library, so that no page has to load it. */

/** The WebSocket subprotocol's name (RFC 6455 section 1.9). */
export const SUBPROTOCOL = 'aq.v1';

/** The most characters (UTF-16 code units) of one chat message. */
export const CHAT_MAX = 2000;

/** The close code of a client that gives a socket up and comes back with another one (RFC 6455 section 7.4.2). */
export const CLOSE_TO_RESUME = 4000;

/** The codecs that videos can be published with. */
export const VIDEO_CODECS = ['vp8', 'vp9', 'h264', 'av1'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];
