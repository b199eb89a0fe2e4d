/**
 * The shapes of mediasoup's parameters as they come over the wire, with bounds. What passes here is well-formed;
 * whether it makes sense for a router is mediasoup's to say. Unknown keys are dropped.
 */
import { z } from 'zod';

/** Parameters of a codec or an extension (`a=fmtp`): a flat record of texts, numbers and flags. */
const Parameters = z
  .record(z.string().max(64), z.unknown())
  .refine((parameters) => Object.values(parameters).every(isPlainValue), 'a value is no plain value');
const Kind = z.enum(['audio', 'video']);
/** RFC 3550 section 5.1: seven bits. */
const PayloadType = z.int().min(0).max(127);
/** RFC 3550 section 5.1: 32 bits. */
const Ssrc = z.int().min(0).max(0xffffffff);
const MimeType = z.string().regex(/^(audio|video)\/[\w.+-]{1,32}$/i);
const RtcpFeedback = z.object({ type: z.string().max(32), parameter: z.string().max(32).exactOptional() });

const CodecCapability = z.object({
  kind: Kind,
  mimeType: MimeType,
  preferredPayloadType: PayloadType,
  clockRate: z.int().positive(),
  channels: z.int().min(1).max(8).exactOptional(),
  parameters: Parameters.exactOptional(),
  rtcpFeedback: z.array(RtcpFeedback).max(16).exactOptional(),
});

/** The header extensions that mediasoup knows; a client names none that the router does not have. */
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

const HeaderExtensionCapability = z.object({
  kind: Kind,
  uri: HeaderExtensionUri,
  preferredId: z.int().min(1).max(255),
  preferredEncrypt: z.boolean().exactOptional(),
  direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).exactOptional(),
});

/** What an endpoint can receive (ORTC `RTCRtpCapabilities`). */
export const RtpCapabilities = z.object({
  codecs: z.array(CodecCapability).max(64).exactOptional(),
  headerExtensions: z.array(HeaderExtensionCapability).max(64).exactOptional(),
});
export type RtpCapabilities = z.infer<typeof RtpCapabilities>;

const Codec = z.object({
  mimeType: MimeType,
  payloadType: PayloadType,
  clockRate: z.int().positive(),
  channels: z.int().min(1).max(8).exactOptional(),
  parameters: Parameters.exactOptional(),
  rtcpFeedback: z.array(RtcpFeedback).max(16).exactOptional(),
});

const HeaderExtension = z.object({
  uri: HeaderExtensionUri,
  id: z.int().min(1).max(255),
  encrypt: z.boolean().exactOptional(),
  parameters: Parameters.exactOptional(),
});

const Encoding = z.object({
  ssrc: Ssrc.exactOptional(),
  /** RFC 8851 section 10. */
  rid: z
    .string()
    .regex(/^[\w-]{1,32}$/)
    .exactOptional(),
  codecPayloadType: PayloadType.exactOptional(),
  rtx: z.object({ ssrc: Ssrc }).exactOptional(),
  dtx: z.boolean().exactOptional(),
  scalabilityMode: z.string().max(16).exactOptional(),
  scaleResolutionDownBy: z.number().min(1).max(64).exactOptional(),
  maxBitrate: z.int().positive().exactOptional(),
  active: z.boolean().exactOptional(),
});

/** What one sender sends (ORTC `RTCRtpParameters`): at most 4 encodings, and no payload type, SSRC or rid twice. */
export const RtpParameters = z
  .object({
    mid: z.string().max(32).exactOptional(),
    codecs: z.array(Codec).min(1).max(16),
    headerExtensions: z.array(HeaderExtension).max(32).exactOptional(),
    encodings: z.array(Encoding).min(1).max(4),
    rtcp: z
      .object({
        cname: z.string().max(256).exactOptional(),
        reducedSize: z.boolean().exactOptional(),
        mux: z.boolean().exactOptional(),
      })
      .exactOptional(),
  })
  .refine((p) => unique(p.codecs.map((codec) => codec.payloadType)), 'a payload type is used twice')
  .refine((p) => unique((p.headerExtensions ?? []).map((e) => e.id)), 'a header extension id is used twice')
  .refine((p) => unique(p.encodings.flatMap((e) => [e.ssrc, e.rtx?.ssrc])), 'an SSRC is used twice')
  .refine((p) => unique(p.encodings.map((e) => e.rid)), 'a rid is used twice');
export type RtpParameters = z.infer<typeof RtpParameters>;

/** RFC 8122 section 5: upper-case hex, colons between the bytes; SHA-1 (20 bytes) to SHA-512 (64 bytes). */
const Fingerprint = z.object({
  algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
  value: z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){19,63}$/),
});

/** The client's side of a DTLS handshake: its role in it and the fingerprints of its certificate. */
export const DtlsParameters = z.object({
  role: z.enum(['auto', 'client', 'server']),
  fingerprints: z.array(Fingerprint).min(1).max(5),
});
export type DtlsParameters = z.infer<typeof DtlsParameters>;

/** RFC 8831 section 6.4: 65535 is no stream. */
export const StreamId = z.int().min(0).max(65534);

/** RFC 8831 section 6.6: a stream and how reliable it is. */
export const SctpStreamParameters = z.object({
  streamId: StreamId,
  ordered: z.boolean().exactOptional(),
  maxPacketLifeTime: z.int().min(0).max(65535).exactOptional(),
  maxRetransmits: z.int().min(0).max(65535).exactOptional(),
});
export type SctpStreamParameters = z.infer<typeof SctpStreamParameters>;

/** What a client needs to make its end of a transport. */
export const IceParameters = z.object({
  usernameFragment: z.string(),
  password: z.string(),
  iceLite: z.boolean().exactOptional(),
});
export type IceParameters = z.infer<typeof IceParameters>;

const IceCandidate = z.object({
  foundation: z.string(),
  priority: z.int(),
  ip: z.string(),
  address: z.string(),
  protocol: z.enum(['udp', 'tcp']),
  port: z.int(),
  type: z.literal('host'),
  tcpType: z.literal('passive').exactOptional(),
});

/** The server's end of one transport, as `welcome` carries it. */
export const TransportOptions = z.object({
  id: z.string(),
  iceParameters: IceParameters,
  iceCandidates: z.array(IceCandidate),
  dtlsParameters: z.object({
    role: z.enum(['auto', 'client', 'server']).exactOptional(),
    fingerprints: z.array(Fingerprint),
  }),
  sctpParameters: z
    .object({ port: z.int(), OS: z.int(), MIS: z.int(), maxMessageSize: z.int() })
    .exactOptional(),
});
export type TransportOptions = z.infer<typeof TransportOptions>;

/** The DTLS parameters of both transports, or of one. */
export const Dtls = z.object({ send: DtlsParameters.exactOptional(), recv: DtlsParameters.exactOptional() });
export type Dtls = z.infer<typeof Dtls>;

function unique(values: readonly unknown[]): boolean {
  const given = values.filter((value) => value !== undefined);
  return new Set(given).size === given.length;
}

function isPlainValue(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= 512;
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}
