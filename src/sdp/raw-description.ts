/** What sdp-transform makes of a description, checked: it parses anything, and makes numbers of texts that look like one. */
import { z } from 'zod';

/** The most media sections of one description. */
export const MAX_SECTIONS = 128;
/** RFC 8866 section 9: a token, as an identification tag is (RFC 9143 section 4). 32 is the limit of `RtpParameters` too. */
const TOKEN = /^[!#$%&'*+\-.^\w`{|}~]{1,32}$/;

/** sdp-transform makes a number of all that looks like one. */
const text = z.union([z.string(), z.number()]).transform(String);
const Direction = z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']);
export type Direction = z.infer<typeof Direction>;

/** A media section: what of its lines is used here. */
const RawSection = z.object({
  type: text,
  port: z.int(),
  protocol: text,
  payloads: text.default(''),
  mid: text.pipe(z.string().regex(TOKEN)).optional().catch(undefined),
  direction: Direction.optional().catch(undefined),
  setup: z.enum(['active', 'passive', 'actpass', 'holdconn']).optional().catch(undefined),
  fingerprint: z.object({ type: text, hash: text }).optional().catch(undefined),
  iceUfrag: text.optional().catch(undefined),
  icePwd: text.optional().catch(undefined),
  bundleOnly: z.string().optional().catch(undefined),
  rtcpMux: z.string().optional().catch(undefined),
  rtp: entries(
    z.object({ payload: z.int(), codec: text, rate: z.int(), encoding: z.int().min(1).optional() }),
  ),
  fmtp: entries(z.object({ payload: z.int(), config: text })),
  rtcpFb: entries(
    z.object({ payload: z.union([z.int(), z.literal('*')]), type: text, subtype: text.optional() }),
  ),
  ext: entries(z.object({ value: z.int(), uri: text, 'encrypt-uri': z.string().optional() })),
  ssrcs: entries(z.object({ id: z.int(), attribute: text, value: text.optional() })),
  ssrcGroups: entries(z.object({ semantics: text, ssrcs: text })),
  rids: entries(z.object({ id: text, direction: text })),
  simulcast: z
    .object({ dir1: text, list1: text, dir2: text.optional(), list2: text.optional() })
    .optional()
    .catch(undefined),
  simulcast_03: z.object({ value: text }).optional().catch(undefined),
  msid: entries(z.object({ id: text })),
});
export type RawSection = z.infer<typeof RawSection>;

/** A description with its sections. */
export const RawDescription = z.object({
  direction: Direction.optional().catch(undefined),
  setup: RawSection.shape.setup,
  fingerprint: RawSection.shape.fingerprint,
  iceUfrag: RawSection.shape.iceUfrag,
  icePwd: RawSection.shape.icePwd,
  ext: RawSection.shape.ext,
  groups: entries(z.object({ type: text, mids: text })),
  media: z.array(RawSection).min(1).max(MAX_SECTIONS),
});
export type RawDescription = z.infer<typeof RawDescription>;

/** Whether a text can be a token of an SDP line: an identification tag, a stream's id. */
export function isToken(value: string): boolean {
  return TOKEN.test(value);
}

/** A list of lines of one kind; those that are not well formed are left out. */
function entries<T extends z.ZodType>(entry: T) {
  return z
    .array(z.unknown())
    .default([])
    .transform((lines) =>
      lines.flatMap((line): z.output<T>[] => {
        const parsed = entry.safeParse(line);
        return parsed.success ? [parsed.data] : [];
      }),
    );
}
