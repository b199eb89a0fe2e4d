/**
 * A session description as clients send it: the text, parsed and reduced to what this server uses. Lines that are not well
 * formed are ignored, as RFC 8866 section 5 wants it for attributes; a description that lacks what it must have is refused.
 */
import { parse } from 'sdp-transform';
import { invalidSdp } from './invalid-sdp.ts';
import { type Direction, MAX_SECTIONS, RawDescription, type RawSection } from './raw-description.ts';
import { readCodecs, readPayloadTypes, type SectionCodec } from './section-codecs.ts';

/** The longest description that is read, in characters. */
const MAX_LENGTH = 256 * 1024;
/** The most lines that are read: some 150 for each section of a browser, in a room of 60. */
const MAX_LINES = 10_000;
/** One media section (RFC 8866 section 5.14). */
export interface Section {
  readonly mid: string;
  /** `application` for data channels. */
  readonly type: string;
  /** The transport protocol of the `m=` line. */
  readonly protocol: string;
  /** The formats of the `m=` line, as they stand there. */
  readonly formats: string;
  /** Port 0 without `bundle-only`: the client refuses or has given up this section (RFC 9143 section 6). */
  readonly rejected: boolean;
  readonly bundled: boolean;
  readonly rtcpMux: boolean;
  readonly direction: Direction;
  readonly codecs: readonly SectionCodec[];
  readonly headerExtensions: readonly { uri: string; id: number }[];
  /** The parsed lines that say which streams it has. */
  readonly raw: RawSection;
}

/** A parsed session description. */
export interface Description {
  readonly session: Omit<RawDescription, 'media'>;
  readonly sections: readonly Section[];
}

/**
 * Parses an offer or an answer.
 *
 * @throws AppError `invalid_media` when it is too long, has no media section, or a section has no `mid` of its own
 */
export function parseDescription(sdp: string): Description {
  if (sdp.length > MAX_LENGTH) throw invalidSdp(`the description is longer than ${MAX_LENGTH} characters`);
  if (sdp.split(/[\r\n]+/, MAX_LINES + 1).length > MAX_LINES) {
    throw invalidSdp(`the description has more than ${MAX_LINES} lines`);
  }
  const parsed = RawDescription.safeParse(parse(sdp));
  if (!parsed.success) throw invalidSdp(`the description has not 1 to ${MAX_SECTIONS} media sections`);
  const { media, ...session } = parsed.data;
  const bundled = bundledMids(session.groups);
  const sections = media.map((raw) => readSection(raw, session, bundled));
  if (new Set(sections.map(({ mid }) => mid)).size < sections.length) {
    throw invalidSdp('two media sections have the same mid');
  }
  return { session, sections };
}

function readSection(
  raw: RawSection,
  session: Description['session'],
  bundled: ReadonlySet<string>,
): Section {
  if (raw.mid === undefined) throw invalidSdp('a media section has no mid, or one that is no token');
  return {
    mid: raw.mid,
    type: raw.type,
    protocol: raw.protocol,
    formats: raw.payloads,
    rejected: raw.port === 0 && raw.bundleOnly === undefined,
    bundled: bundled.has(raw.mid),
    rtcpMux: raw.rtcpMux !== undefined,
    direction: raw.direction ?? session.direction ?? 'sendrecv',
    codecs: isMedia(raw.type) ? readCodecs(raw.type, raw, readPayloadTypes(raw.payloads)) : [],
    // Encrypted header extensions (RFC 6904) are not supported by mediasoup.
    headerExtensions: [...raw.ext, ...session.ext]
      .filter((extension) => extension['encrypt-uri'] === undefined)
      .map(({ value, uri }) => ({ uri, id: value })),
    raw,
  };
}

/** Whether a section's type is one that RTP carries here. */
export function isMedia(type: string): type is 'audio' | 'video' {
  return type === 'audio' || type === 'video';
}

/** The identification tags of the first BUNDLE group (RFC 9143 section 7). */
function bundledMids(groups: readonly { type: string; mids: string }[]): Set<string> {
  const bundle = groups.find(({ type }) => type === 'BUNDLE');
  return new Set(bundle?.mids.split(' '));
}
