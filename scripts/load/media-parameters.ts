/** RTP parameters of simulated peers, from what a router can do. */
import { randomInt } from 'node:crypto';
import type { RtpCapabilities, RtpParameters } from '../../src/protocol/media.ts';

const URIS = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  sendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  level: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  /** Carries the time of sending to all receivers, which makes the latency of forwarding known. */
  captureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
} as const;
type Extension = keyof typeof URIS;

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
 * @param layers of the picture: 1, or more with simulcast
 */
export function sendable(router: RtpCapabilities, kind: Kind, mid: string, layers: number): RtpParameters {
  const codec = receivable(router).codecs?.find((codec) => codec.kind === kind);
  if (!codec) throw new Error(`the server takes no ${kind === 'audio' ? 'Opus' : 'VP8'}`);
  const { kind: _, preferredPayloadType, rtcpFeedback = [], ...rest } = codec;
  const ids = extensionIds(router);
  const used: Extension[] = [
    'mid',
    'sendTime',
    'transportCc',
    'captureTime',
    ...(kind === 'audio' ? (['level'] as const) : []),
  ];
  const layered = layers > 1 ? { scalabilityMode: 'L1T3' } : {};
  return {
    mid,
    codecs: [
      {
        ...rest,
        payloadType: preferredPayloadType,
        rtcpFeedback: rtcpFeedback.filter(({ type, parameter }) => type !== 'nack' || parameter === 'pli'),
      },
    ],
    headerExtensions: used
      .filter((name) => ids[name] > 0)
      .map((name) => ({ uri: URIS[name], id: ids[name], encrypt: false, parameters: {} })),
    encodings: Array.from({ length: layers }, () => ({ ssrc: randomInt(1, 0xffffffff), ...layered })),
    rtcp: { cname: 'load', reducedSize: true },
  };
}
