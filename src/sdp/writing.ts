/** Session descriptions of this server: the text of offers and answers. */
import { type MediaDescription, write } from 'sdp-transform';
import type { IceParameters, TransportOptions } from '../protocol/transports.ts';
import type { Section } from './description.ts';
import type { Direction } from './raw-description.ts';

/** What of a transport stands in a description. */
export type ServerTransport = Pick<TransportOptions, 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>;

/** RFC 8842: `passive` answers, `actpass` offers. */
export type Setup = 'passive' | 'actpass' | 'active';

/** What a value between others on a line may hold: no blank, no separator, nothing that ends a line. */
const VALUE = /^[\x21-\x3a\x3c-\x7e]{1,512}$/;
const PARAMETER_NAME = /^[\w.-]{1,64}$/;

/** What is written of a producer's or a consumer's parameters. */
export interface WrittenParameters {
  readonly codecs: readonly WrittenCodec[];
  readonly headerExtensions?: readonly { readonly uri: string; readonly id: number }[];
  /** Only the first: a consumer has one. */
  readonly encodings?: readonly { readonly ssrc?: number; readonly rtx?: { readonly ssrc: number } }[];
  readonly rtcp?: { readonly cname?: string };
}

export interface WrittenCodec {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly channels?: number;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly rtcpFeedback?: readonly { readonly type: string; readonly parameter?: string }[];
}

/** A section of a description that this server writes. */
export interface OwnSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly direction: Direction;
  readonly rtpParameters: WrittenParameters;
  /** The media stream and the track (RFC 8830); tokens both. */
  readonly msid?: { streamId: string; trackId: string };
  /** The layers to receive (RFC 8853). */
  readonly rids?: readonly string[];
  /** Whether one- and two-byte header extensions may be mixed (RFC 8285 section 6). */
  readonly extmapAllowMixed?: boolean;
}

/** A section that is answered with port 0. */
export interface RejectedSection {
  readonly rejected: Pick<Section, 'mid' | 'type' | 'protocol' | 'formats'>;
}

/** A whole description. */
export interface OwnDescription {
  /** Numeric; the same for all descriptions of one transport (RFC 8866 section 5.2). */
  readonly sessionId: number;
  /** One more with each description of the same session. */
  readonly version: number;
  readonly setup: Setup;
  readonly transport: ServerTransport;
  readonly sections: readonly (OwnSection | RejectedSection)[];
}

/** Writes the text. All live sections are bundled; the first of them carries the candidates. */
export function writeDescription({ sessionId, version, setup, transport, sections }: OwnDescription): string {
  const live = sections.filter((section) => 'kind' in section);
  const [first] = live;
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId,
      sessionVersion: version,
      netType: 'IN',
      ipVer: 4,
      address: '127.0.0.1',
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    ...(transport.iceParameters.iceLite && { icelite: 'ice-lite' }),
    groups: live.length > 0 ? [{ type: 'BUNDLE', mids: live.map(({ mid }) => mid).join(' ') }] : [],
    msidSemantic: { semantic: 'WMS', token: '*' },
    media: sections.map((section) => {
      if (!('kind' in section)) return rejectedMedia(section.rejected);
      return {
        ...liveMedia(section),
        setup,
        ...transportLines(transport),
        ...(section === first && candidateLines(transport)),
      };
    }),
  });
}

/** The ICE credentials as lines of a section. */
export function iceLines({ usernameFragment, password }: IceParameters) {
  return { iceUfrag: usernameFragment, icePwd: password };
}

/** The candidates as lines of a section: all there will be. */
export function candidateLines({ iceCandidates }: Pick<ServerTransport, 'iceCandidates'>) {
  return {
    candidates: iceCandidates.map(({ foundation, priority, address, protocol, port, type, tcpType }) => ({
      foundation,
      component: 1,
      transport: protocol,
      priority,
      ip: address,
      port,
      type,
      ...(tcpType && { tcptype: tcpType }),
    })),
    endOfCandidates: 'end-of-candidates' as const,
  };
}

/** A codec parameter list as `fmtp` has it; what would not fit on the line is left out. */
export function formatParameters(parameters: Readonly<Record<string, unknown>> = {}): string {
  return Object.entries(parameters)
    .filter(([name, value]) => PARAMETER_NAME.test(name) && VALUE.test(String(value)))
    .map(([name, value]) => `${name}=${value}`)
    .join(';');
}

function transportLines({ iceParameters, dtlsParameters }: ServerTransport) {
  const { fingerprints } = dtlsParameters;
  const fingerprint = fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? fingerprints[0];
  return {
    ...iceLines(iceParameters),
    ...(fingerprint && { fingerprint: { type: fingerprint.algorithm, hash: fingerprint.value } }),
  };
}

function rejectedMedia({ mid, type, protocol, formats }: RejectedSection['rejected']): MediaDescription {
  return {
    type,
    port: 0,
    protocol,
    payloads: formats,
    connection: { version: 4, ip: '0.0.0.0' },
    mid,
    direction: 'inactive',
    rtp: [],
    fmtp: [],
  };
}

function liveMedia(section: OwnSection): MediaDescription {
  const { mid, kind, direction, rtpParameters, msid, rids = [], extmapAllowMixed } = section;
  return {
    type: kind,
    // RFC 8840 section 4.1.1: nothing is sent to this address, as it depends on the candidates.
    port: 9,
    protocol: 'UDP/TLS/RTP/SAVPF',
    payloads: rtpParameters.codecs.map(({ payloadType }) => payloadType).join(' '),
    connection: { version: 4, ip: '0.0.0.0' },
    mid,
    direction,
    ...codecLines(rtpParameters.codecs),
    ext: (rtpParameters.headerExtensions ?? []).map(({ uri, id }) => ({ value: id, uri })),
    ...(extmapAllowMixed && { extmapAllowMixed: 'extmap-allow-mixed' }),
    rtcpMux: 'rtcp-mux',
    rtcpRsize: 'rtcp-rsize',
    ...(msid && { msid: [{ id: msid.streamId, appdata: msid.trackId }] }),
    ...streamLines(rtpParameters, msid),
    ...(rids.length > 0 && {
      rids: rids.map((id) => ({ id, direction: 'recv' })),
      simulcast: { dir1: 'recv', list1: rids.join(';') },
    }),
  };
}

function codecLines(codecs: readonly WrittenCodec[]) {
  return {
    rtp: codecs.map(({ payloadType, mimeType, clockRate, channels = 1 }) => ({
      payload: payloadType,
      codec: mimeType.slice(mimeType.indexOf('/') + 1),
      rate: clockRate,
      ...(channels > 1 && { encoding: channels }),
    })),
    fmtp: codecs
      .map(({ payloadType, parameters }) => ({ payload: payloadType, config: formatParameters(parameters) }))
      .filter(({ config }) => config !== ''),
    rtcpFb: codecs.flatMap(({ payloadType, rtcpFeedback = [] }) =>
      rtcpFeedback.map(({ type, parameter }) => ({
        payload: payloadType,
        type,
        ...(parameter && { subtype: parameter }),
      })),
    ),
  };
}

/** The SSRCs that this server sends with. */
function streamLines({ encodings: [encoding] = [], rtcp }: WrittenParameters, msid: OwnSection['msid']) {
  if (encoding?.ssrc === undefined) return {};
  const ids = [encoding.ssrc, ...(encoding.rtx ? [encoding.rtx.ssrc] : [])];
  const cname = rtcp?.cname !== undefined && VALUE.test(rtcp.cname) ? rtcp.cname : 'aq';
  return {
    ssrcs: ids.flatMap((id) => [
      { id, attribute: 'cname', value: cname },
      ...(msid ? [{ id, attribute: 'msid', value: `${msid.streamId} ${msid.trackId}` }] : []),
    ]),
    ssrcGroups: ids.length > 1 ? [{ semantics: 'FID', ssrcs: ids.join(' ') }] : [],
  };
}
