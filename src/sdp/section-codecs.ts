/** The codecs of a media section: `rtpmap`, `fmtp` and `rtcp-fb` lines put together. */
import type { RawSection } from './raw-description.ts';

/** One codec of a section, with its payload type there. */
export interface SectionCodec {
  kind: 'audio' | 'video';
  mimeType: string;
  preferredPayloadType: number;
  clockRate: number;
  channels?: number;
  parameters: Record<string, string | number>;
  rtcpFeedback: { type: string; parameter?: string }[];
}

/** RFC 3551 section 6: what a payload type means without an `rtpmap` line; those that mediasoup knows. */
const STATIC_CODECS: readonly Line<'rtp'>[] = [
  { payload: 0, codec: 'PCMU', rate: 8000 },
  { payload: 8, codec: 'PCMA', rate: 8000 },
  { payload: 9, codec: 'G722', rate: 8000 },
];
/** The parameters that are text even where they look like a number. */
const TEXT_PARAMETERS = new Set(['profile-level-id']);

type Line<K extends 'rtp' | 'fmtp' | 'rtcpFb'> = RawSection[K][number];

/** RFC 3550 section 5.1: seven bits. */
const MAX_PAYLOAD_TYPE = 127;

/** The payload types of an `m=` line, each once, in its order: the order of preference (RFC 8866 section 5.14). */
export function readPayloadTypes(formats: string): number[] {
  const all = formats.split(' ').filter((format) => /^\d{1,3}$/.test(format));
  return [...new Set(all.map(Number))].filter((payloadType) => payloadType <= MAX_PAYLOAD_TYPE);
}

/** The codecs of these payload types, in their order. */
export function readCodecs(
  kind: 'audio' | 'video',
  lines: Pick<RawSection, 'rtp' | 'fmtp' | 'rtcpFb'>,
  payloadTypes: readonly number[],
): SectionCodec[] {
  const maps = Map.groupBy([...lines.rtp, ...STATIC_CODECS], ({ payload }) => payload);
  return payloadTypes.flatMap((payloadType) => {
    const [map] = maps.get(payloadType) ?? [];
    if (!map) return [];
    const isRtx = map.codec.toLowerCase() === 'rtx';
    return {
      kind,
      mimeType: `${kind}/${map.codec}`,
      preferredPayloadType: payloadType,
      clockRate: map.rate,
      ...(kind === 'audio' && { channels: map.encoding ?? 1 }),
      parameters: readParameters(lines.fmtp.filter(({ payload }) => payload === payloadType)),
      rtcpFeedback: lines.rtcpFb
        .filter(({ payload }) => payload === payloadType || (payload === '*' && !isRtx))
        .map(({ type, subtype }) => (subtype ? { type, parameter: subtype } : { type })),
    };
  });
}

/** `key=value` pairs between semicolons; what has no value says nothing that is used here. */
export function readParameters(lines: readonly { config: string }[]): Record<string, string | number> {
  const pairs = lines
    .flatMap(({ config }) => config.split(';'))
    .map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at < 0 ? ['', ''] : [pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1).trim()];
    })
    .filter(([key, value]) => key !== '' && value !== '')
    .map(([key, value]) => [key, isNumber(key, value) ? Number(value) : value] as const);
  return Object.fromEntries(pairs);
}

function isNumber(key: string, value: string): boolean {
  return !TEXT_PARAMETERS.has(key) && String(Number(value)) === value;
}
