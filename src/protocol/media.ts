/**
 * The shapes of RTP capabilities and parameters (ORTC, as in mediasoup), with bounds. What a publisher sends here ends up in
 * the SDP of those who receive it, so every text is checked against the grammar of SDP. Whether the parameters make sense for
 * a router is mediasoup's to say. Unknown keys are dropped.
 */
import { z } from 'zod';
import { codecParameters } from './codec-parameters.ts';

/** RFC 3550 section 5.1: 32 bits. */
const Uint32 = z.int().min(0).max(0xffffffff);
const Kind = z.enum(['audio', 'video']);
export type Kind = z.infer<typeof Kind>;
/** RFC 3550 section 5.1: seven bits. */
const PayloadType = z.int().min(0).max(127);
const MimeType = z.string().regex(/^(audio|video)\/[\w.+-]{1,32}$/i);
/** RFC 4585 section 4.2. */
const RtcpFeedback = z.object({
  type: z.string().regex(/^[\w-]{1,32}$/),
  parameter: z
    .string()
    .regex(/^[\w-]{0,32}$/)
    .exactOptional(),
});

const codecShape = {
  mimeType: MimeType,
  /** In Hz. */
  clockRate: z.int().min(1).max(0xffffffff),
  channels: z.int().min(1).max(8).exactOptional(),
  parameters: z.record(z.string(), z.unknown()).exactOptional(),
  rtcpFeedback: z.array(RtcpFeedback).max(16).exactOptional(),
};

const CodecCapability = z
  .object({ ...codecShape, kind: Kind, preferredPayloadType: PayloadType })
  .transform(withKnownParameters)
  .refine(({ kind, mimeType }) => kind === kindOf(mimeType), 'the kind is not that of the media type');

const Codec = z.object({ ...codecShape, payloadType: PayloadType }).transform(withKnownParameters);

/** The header extensions that mediasoup knows. */
const HeaderExtensionUri = z.enum([
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'urn:3gpp:video-orientation',
  'urn:ietf:params:rtp-hdrext:toffset',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  'urn:mediasoup:params:rtp-hdrext:packet-id',
]);
/** RFC 3986 section 2: visible ASCII. */
const Uri = z.string().regex(/^[\x21-\x7e]{1,256}$/);
/** RFC 8285 section 4.3: one byte, as mediasoup has it. Zero is padding. */
const HeaderExtensionId = z.int().min(1).max(255);

const HeaderExtensionCapability = z.object({
  kind: Kind,
  uri: Uri,
  preferredId: HeaderExtensionId,
  preferredEncrypt: z.boolean().exactOptional(),
  direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).exactOptional(),
});

/** What an endpoint can receive (`RTCRtpCapabilities`). Header extensions that mediasoup does not know are dropped. */
export const RtpCapabilities = z.object({
  codecs: z.array(CodecCapability).max(64).exactOptional(),
  headerExtensions: z.array(HeaderExtensionCapability).max(64).transform(withKnownUris).exactOptional(),
});
export type RtpCapabilities = z.infer<typeof RtpCapabilities>;

const HeaderExtension = z.object({
  uri: Uri,
  id: HeaderExtensionId,
  encrypt: z.boolean().exactOptional(),
});

const Encoding = z.object({
  ssrc: Uint32.exactOptional(),
  /** RFC 8851 section 10. */
  rid: z
    .string()
    .regex(/^[\w-]{1,32}$/)
    .exactOptional(),
  codecPayloadType: PayloadType.exactOptional(),
  rtx: z.object({ ssrc: Uint32 }).exactOptional(),
  dtx: z.boolean().exactOptional(),
  /** Scalable Video Coding Extension for WebRTC, section 6. */
  scalabilityMode: z
    .string()
    .regex(/^[LS][1-3]T[1-3](h|_KEY(_SHIFT)?)?$/)
    .exactOptional(),
  scaleResolutionDownBy: z.number().min(1).max(64).exactOptional(),
  /** In bit/s. */
  maxBitrate: z.int().min(1).max(0xffffffff).exactOptional(),
  active: z.boolean().exactOptional(),
});

const Rtcp = z.object({
  /**
   * Browsers take 16 characters of base64 (RFC 7022) or a UUID in braces; RFC 3550 section 6.5.1 has `user@host`. It is empty
   * where mediasoup-client finds none, as in a simulcast offer.
   */
  cname: z
    .string()
    .regex(/^[\w.+/=@:{}~-]{0,64}$/)
    .exactOptional(),
  reducedSize: z.boolean().exactOptional(),
  mux: z.boolean().exactOptional(),
});

/**
 * What one sender sends (`RTCRtpParameters`): at most 4 encodings; no payload type, header extension id, SSRC or rid twice, and
 * no codec twice, because two would become one payload type of the router.
 */
export const RtpParameters = z
  .object({
    /** RFC 5888 section 4: a token. */
    mid: z
      .string()
      .regex(/^[\w!#$%&'*+.^`{|}~-]{1,32}$/)
      .exactOptional(),
    codecs: z.array(Codec).min(1).max(16),
    headerExtensions: z.array(HeaderExtension).max(32).transform(withKnownUris).exactOptional(),
    encodings: z.array(Encoding).min(1).max(4),
    rtcp: Rtcp.exactOptional(),
  })
  .refine((p) => unique(p.codecs.map((codec) => codec.payloadType)), 'a payload type is used twice')
  .refine((p) => unique(p.codecs.map(identityOf)), 'a codec is there twice')
  .refine((p) => unique((p.headerExtensions ?? []).map((e) => e.id)), 'a header extension id is used twice')
  .refine((p) => unique(p.encodings.flatMap((e) => [e.ssrc, e.rtx?.ssrc])), 'an SSRC is used twice')
  .refine((p) => unique(p.encodings.map((e) => e.rid)), 'a rid is used twice');
export type RtpParameters = z.infer<typeof RtpParameters>;

/** Of a picture, in pixels. */
export const PictureSize = z.object({
  width: z.int().min(1).max(16_384),
  height: z.int().min(1).max(16_384),
});
export type PictureSize = z.infer<typeof PictureSize>;

/** Whether all codecs are of this kind: a section of SDP has one kind. */
export function isOfKind(kind: Kind, { codecs }: RtpParameters): boolean {
  return codecs.every(({ mimeType }) => kindOf(mimeType) === kind);
}

function kindOf(mimeType: string): string | undefined {
  return mimeType.toLowerCase().split('/')[0];
}

/** The same for two codecs of which only one may be there: one of each media type, and one RTX for each payload type. */
function identityOf({ mimeType, parameters }: z.infer<typeof Codec>): string {
  const name = mimeType.toLowerCase();
  return name.endsWith('/rtx') ? `${name} ${parameters?.apt}` : name;
}

function withKnownParameters<C extends { mimeType: string; parameters?: Record<string, unknown> }>(
  { parameters, ...codec }: C,
  context: z.RefinementCtx,
): Omit<C, 'parameters'> & { parameters?: Record<string, unknown> } {
  if (!parameters) return codec;
  const known = codecParameters(codec.mimeType).safeParse(parameters);
  if (known.success) return { ...codec, parameters: known.data };
  for (const { path, message } of known.error.issues) {
    context.addIssue({ code: 'custom', path: ['parameters', ...path], message });
  }
  return z.NEVER;
}

function withKnownUris<E extends { uri: string }>(extensions: readonly E[]) {
  return extensions.flatMap((extension) => {
    const uri = HeaderExtensionUri.safeParse(extension.uri);
    return uri.success ? [{ ...extension, uri: uri.data }] : [];
  });
}

function unique(values: readonly unknown[]): boolean {
  const given = values.filter((value) => value !== undefined);
  return new Set(given).size === given.length;
}
