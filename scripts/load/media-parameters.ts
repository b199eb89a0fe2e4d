/** RTP parameters of simulated peers, from what a router can do. */
import { randomInt } from 'node:crypto';
import type { RtpCapabilities, RtpParameters } from '../../src/protocol/media.ts';
import type { SenderOptions } from './generator.ts';

const URIS = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  sendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  level: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  /** Carries the time of sending to all receivers, which makes the latency of forwarding known. */
  captureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
} as const;
type Extension = keyof typeof URIS;
const EXTENSIONS = ['mid', 'sendTime', 'transportCc', 'level', 'captureTime'] as const satisfies Extension[];

/** The level of a microphone, in -dBov (RFC 6464). */
export const LOUD = 25;
export const SILENT = 127;
/** The encoded picture that a video without simulcast is: 640×360. */
const SINGLE_LAYER = 1;

/** The ids of header extensions; 0 for those that are not used. */
export type ExtensionIds = Record<Extension, number>;

export type Kind = 'audio' | 'video';

/** What the generator can carry of what a router can: Opus and VP8 with their repetitions, and its header extensions. */
export function receivable(router: RtpCapabilities): RtpCapabilities {
  const codecs = router.codecs ?? [];
  const media = codecs.filter(({ mimeType }) => ['audio/opus', 'video/vp8'].includes(mimeType.toLowerCase()));
  const payloadTypes = new Set(media.map(({ preferredPayloadType }) => preferredPayloadType));
  const repetitions = codecs.filter(({ parameters }) => payloadTypes.has(Number(parameters?.apt)));
  const uris = new Set<string>(Object.values(URIS));
  return {
    codecs: [...media, ...repetitions],
    headerExtensions: (router.headerExtensions ?? []).filter(({ uri }) => uris.has(uri)),
  };
}

/** The ids that a router prefers, which it has for both kinds. */
export function extensionIds(router: RtpCapabilities): ExtensionIds {
  const idOf = (name: Extension) =>
    router.headerExtensions?.find(({ uri }) => uri === URIS[name])?.preferredId ?? 0;
  return {
    mid: idOf('mid'),
    sendTime: idOf('sendTime'),
    transportCc: idOf('transportCc'),
    level: idOf('level'),
    captureTime: idOf('captureTime'),
  };
}

/**
 * What a microphone or a camera sends. Lost packets are not sent again, so `nack` is not offered.
 * @param layers of a picture: 1, or more with simulcast
 */
export function sendable(
  router: RtpCapabilities,
  kind: Kind,
  { mid, layers }: { mid: string; layers: number },
): RtpParameters {
  const codec = receivable(router).codecs?.find((codec) => codec.kind === kind);
  if (!codec) throw new Error(`the server takes no ${kind === 'audio' ? 'Opus' : 'VP8'}`);
  const { kind: _, preferredPayloadType, rtcpFeedback = [], ...rest } = codec;
  const ids = extensionsOf(router, kind);
  const count = kind === 'video' ? layers : 1;
  const layered = count > 1 ? { scalabilityMode: 'L1T3' } : {};
  return {
    mid,
    codecs: [
      {
        ...rest,
        payloadType: preferredPayloadType,
        rtcpFeedback: rtcpFeedback.filter(({ type, parameter }) => type !== 'nack' || parameter === 'pli'),
      },
    ],
    headerExtensions: EXTENSIONS.filter((name) => ids[name] > 0).map((name) => ({
      uri: URIS[name],
      id: ids[name],
      encrypt: false,
      parameters: {},
    })),
    encodings: Array.from({ length: count }, () => ({ ssrc: randomInt(1, 0xffffffff), ...layered })),
    rtcp: { cname: 'load', reducedSize: true },
  };
}

/** What the generator needs, to send these parameters. */
export function senderOptions(
  router: RtpCapabilities,
  rtpParameters: RtpParameters,
  options: Pick<SenderOptions, 'transport' | 'kind' | 'bitrate' | 'level' | 'dtx'>,
): SenderOptions {
  const ssrcs = rtpParameters.encodings.map(({ ssrc = 0 }) => ssrc);
  return {
    ...options,
    payloadType: rtpParameters.codecs[0]?.payloadType ?? 0,
    mid: rtpParameters.mid ?? '',
    ssrcs,
    firstLayer: options.kind === 'video' && ssrcs.length === 1 ? SINGLE_LAYER : 0,
    extensions: extensionsOf(router, options.kind),
  };
}

/** Pictures have no level. */
function extensionsOf(router: RtpCapabilities, kind: Kind): ExtensionIds {
  const ids = extensionIds(router);
  return kind === 'audio' ? ids : { ...ids, level: 0 };
}
