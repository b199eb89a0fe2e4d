/**
 * The parameters of codecs (`a=fmtp`, RFC 8866 section 6.15) that browsers use, and the values that each may have. Those of
 * a publisher become part of the SDP of everybody who receives it.
 */
import { z } from 'zod';

/** A whole number, also as a decimal text, which is how SDP writes it. */
function whole(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  );
}

const flag = whole(0, 1);
const uint32 = whole(0, 0xffffffff);
/** RFC 7587 section 6.1: the shortest Opus packet has 2.5 ms, rounded up; the longest 120 ms. */
const packetMs = whole(3, 120);
/** RFC 7587 section 6.1, in Hz. */
const opusRate = whole(8000, 48_000);

/** RFC 7587 section 6.1; `ptime` and `minptime` come from browsers. */
const opus = {
  cbr: flag,
  /** In bit/s. */
  maxaveragebitrate: whole(6000, 510_000),
  maxplaybackrate: opusRate,
  maxptime: packetMs,
  minptime: packetMs,
  ptime: packetMs,
  'sprop-maxcapturerate': opusRate,
  'sprop-stereo': flag,
  stereo: flag,
  usedtx: flag,
  useinbandfec: flag,
};

/** RFC 7741 section 6.1 for VP8, RFC 9628 section 6 for VP9. */
const frames = { 'max-fr': uint32, 'max-fs': uint32 };

/** By the codec's media type in lower case. A codec that is not here has none. */
const KNOWN = new Map<string, z.ZodType<Record<string, number | string>>>([
  ['audio/opus', optional(opus)],
  [
    'audio/multiopus', // libwebrtc's; the mapping is that of RFC 7845 section 5.1.1
    optional({
      ...opus,
      channel_mapping: z.string().regex(/^\d{1,3}(,\d{1,3}){0,7}$/),
      num_streams: whole(1, 8),
      coupled_streams: whole(0, 8),
    }),
  ],
  ['video/vp8', optional(frames)],
  ['video/vp9', optional({ ...frames, 'profile-id': whole(0, 3) })],
  [
    'video/h264', // RFC 6184 section 8.1; the last one is libwebrtc's
    optional({
      'level-asymmetry-allowed': flag,
      'max-br': uint32,
      'max-cpb': uint32,
      'max-dpb': uint32,
      'max-fr': uint32,
      'max-fs': uint32,
      'max-mbps': uint32,
      'max-smbps': uint32,
      'packetization-mode': whole(0, 2),
      'profile-level-id': z.string().regex(/^[0-9a-f]{6}$/i),
      'sps-pps-idr-in-keyframe': flag,
    }),
  ],
  [
    'video/h265', // RFC 7798 section 7.1
    optional({
      'level-id': whole(0, 255),
      'profile-id': whole(0, 31),
      'tier-flag': flag,
      'tx-mode': z.enum(['SRST', 'MRST', 'MRMT']),
    }),
  ],
  [
    'video/av1', // RTP Payload Format For AV1, section 7
    optional({ 'level-idx': whole(0, 31), profile: whole(0, 2), tier: flag }),
  ],
  ['audio/rtx', optional({ apt: whole(0, 127), 'rtx-time': uint32 })], // RFC 4588 section 8
  ['video/rtx', optional({ apt: whole(0, 127), 'rtx-time': uint32 })],
  ['video/flexfec-03', optional({ 'repair-window': uint32 })], // RFC 8627 section 5.1
]);
const NONE = optional({});

/** The schema of the parameters of a codec: those that are not known are dropped, as newer browsers have newer ones. */
export function codecParameters(mimeType: string): z.ZodType<Record<string, number | string>> {
  return KNOWN.get(mimeType.toLowerCase()) ?? NONE;
}

function optional<Shape extends Record<string, z.ZodType<number | string>>>(shape: Shape) {
  return z.object(
    Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, value.exactOptional()])),
  );
}
