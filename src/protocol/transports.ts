/**
 * The shapes of DTLS, SCTP and ICE parameters as they come over the wire, with bounds, and in the grammar of SDP, of which they
 * become part in a browser. Unknown keys are dropped.
 */
import { z } from 'zod';

/** How many bytes each hash function makes (FIPS 180-4). */
const HASH_BYTES = { 'sha-1': 20, 'sha-224': 28, 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 } as const;
const Algorithm = z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']);
const DtlsRole = z.enum(['auto', 'client', 'server']);

/** RFC 8122 section 5: upper-case hex, colons between the bytes. */
const Fingerprint = z
  .object({ algorithm: Algorithm, value: z.string().regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){19,63}$/) })
  .refine(({ algorithm, value }) => value.split(':').length === HASH_BYTES[algorithm], {
    path: ['value'],
    message: 'does not have the length of its algorithm',
  });

/** The client's side of a DTLS handshake: its role in it and the fingerprints of its certificate. */
export const DtlsParameters = z.object({
  role: DtlsRole,
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

/** What a client needs to make its end of a transport (RFC 8839 section 5.4). */
export const IceParameters = z.object({
  usernameFragment: z.string().regex(/^[A-Za-z0-9+/]{4,256}$/),
  password: z.string().regex(/^[A-Za-z0-9+/]{22,256}$/),
  iceLite: z.boolean().exactOptional(),
});
export type IceParameters = z.infer<typeof IceParameters>;

/** An IP address, or the name of a host. */
const Address = z.string().regex(/^[\w.:-]{1,253}$/);

/** RFC 8839 section 5.1. */
const IceCandidate = z.object({
  foundation: z.string().regex(/^[A-Za-z0-9+/]{1,32}$/),
  priority: z.int().min(1).max(0x7fffffff),
  ip: Address,
  address: Address,
  protocol: z.enum(['udp', 'tcp']),
  port: z.int().min(1).max(65535),
  type: z.literal('host'),
  tcpType: z.literal('passive').exactOptional(),
});

/** The server's end of one transport, as `welcome` carries it. */
export const TransportOptions = z.object({
  id: z.string(),
  iceParameters: IceParameters,
  iceCandidates: z.array(IceCandidate),
  dtlsParameters: z.object({ role: DtlsRole.exactOptional(), fingerprints: z.array(Fingerprint) }),
  sctpParameters: z
    .object({ port: z.int(), OS: z.int(), MIS: z.int(), maxMessageSize: z.int() })
    .exactOptional(),
});
export type TransportOptions = z.infer<typeof TransportOptions>;

/** The DTLS parameters of both transports, or of one. */
export const Dtls = z.object({ send: DtlsParameters.exactOptional(), recv: DtlsParameters.exactOptional() });
export type Dtls = z.infer<typeof Dtls>;
