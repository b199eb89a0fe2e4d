/**
 * The shapes of mediasoup's parameters as they come over the wire, with bounds. What passes here is well-formed;
 * whether it makes sense for a router is mediasoup's to say. Unknown keys are dropped.
 */
import { z } from 'zod';

/** A value of a codec's or extension's parameter (`a=fmtp`). */
const ParameterValue = z.union([z.string().max(512), z.number(), z.boolean(), z.null()]);
const Parameters = z.record(z.string().max(64), ParameterValue);
const Kind = z.enum(['audio', 'video']);
/** RFC 3550 section 5.1: seven bits. */
const PayloadType = z.int().min(0).max(127);
/** RFC 3550 section 5.1: 32 bits. */
const Ssrc = z.int().min(0).max(0xffffffff);
const MimeType = z.string().regex(/^(audio|video)\/[\w.+-]{1,32}$/i);
const RtcpFeedback = z.object({ type: z.string().max(32), parameter: z.string().max(32).optional() });

const CodecCapability = z.object({
  kind: Kind,
  mimeType: MimeType,
  preferredPayloadType: PayloadType.optional(),
  clockRate: z.int().positive(),
  channels: z.int().min(1).max(8).optional(),
  parameters: Parameters.optional(),
  rtcpFeedback: z.array(RtcpFeedback).max(16).optional(),
});

const HeaderExtensionCapability = z.object({
  kind: Kind,
  uri: z.string().max(128),
  preferredId: z.int().min(1).max(255),
  preferredEncrypt: z.boolean().optional(),
  direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
});

/** What an endpoint can receive (ORTC `RTCRtpCapabilities`). */
export const RtpCapabilities = z.object({
  codecs: z.array(CodecCapability).max(64).optional(),
  headerExtensions: z.array(HeaderExtensionCapability).max(64).optional(),
});
export type RtpCapabilities = z.infer<typeof RtpCapabilities>;

const Codec = z.object({
  mimeType: MimeType,
  payloadType: PayloadType,
  clockRate: z.int().positive(),
  channels: z.int().min(1).max(8).optional(),
  parameters: Parameters.optional(),
  rtcpFeedback: z.array(RtcpFeedback).max(16).optional(),
});

const HeaderExtension = z.object({
  uri: z.string().max(128),
  id: z.int().min(1).max(255),
  encrypt: z.boolean().optional(),
  parameters: Parameters.optional(),
});

const Encoding = z.object({
  ssrc: Ssrc.optional(),
  /** RFC 8851 section 10. */
  rid: z
    .string()
    .regex(/^[\w-]{1,32}$/)
    .optional(),
  codecPayloadType: PayloadType.optional(),
  rtx: z.object({ ssrc: Ssrc }).optional(),
  dtx: z.boolean().optional(),
  scalabilityMode: z.string().max(16).optional(),
  scaleResolutionDownBy: z.number().min(1).max(64).optional(),
  maxBitrate: z.int().positive().optional(),
  active: z.boolean().optional(),
});

/** What one sender sends (ORTC `RTCRtpParameters`): at most 4 encodings, and no payload type, SSRC or rid twice. */
export const RtpParameters = z
  .object({
    mid: z.string().max(32).optional(),
    codecs: z.array(Codec).min(1).max(16),
    headerExtensions: z.array(HeaderExtension).max(32).optional(),
    encodings: z.array(Encoding).min(1).max(4),
    rtcp: z
      .object({
        cname: z.string().max(256).optional(),
        reducedSize: z.boolean().optional(),
        mux: z.boolean().optional(),
      })
      .optional(),
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

/** RFC 8831 section 6.4 and 6.6: a stream and how reliable it is. */
export const SctpStreamParameters = z.object({
  streamId: z.int().min(0).max(65534),
  ordered: z.boolean().optional(),
  maxPacketLifeTime: z.int().min(0).max(65535).optional(),
  maxRetransmits: z.int().min(0).max(65535).optional(),
});
export type SctpStreamParameters = z.infer<typeof SctpStreamParameters>;

/** What a client needs to make its end of a transport. */
export const IceParameters = z.object({
  usernameFragment: z.string(),
  password: z.string(),
  iceLite: z.boolean().optional(),
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
  tcpType: z.literal('passive').optional(),
});

/** The server's end of one transport, as `welcome` carries it. */
export const TransportOptions = z.object({
  id: z.string(),
  iceParameters: IceParameters,
  iceCandidates: z.array(IceCandidate),
  dtlsParameters: z.object({
    role: z.enum(['auto', 'client', 'server']).optional(),
    fingerprints: z.array(Fingerprint),
  }),
  sctpParameters: z
    .object({ port: z.int(), OS: z.int(), MIS: z.int(), maxMessageSize: z.int() })
    .optional(),
});
export type TransportOptions = z.infer<typeof TransportOptions>;

/** The DTLS parameters of both transports, or of one. */
export const Dtls = z.object({ send: DtlsParameters.optional(), recv: DtlsParameters.optional() });
export type Dtls = z.infer<typeof Dtls>;

function unique(values: readonly unknown[]): boolean {
  const given = values.filter((value) => value !== undefined);
  return new Set(given).size === given.length;
}
