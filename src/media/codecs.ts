import { generateRouterRtpCapabilities } from 'mediasoup/ortc';
import type { RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';
import type { VideoCodec } from '../protocol/constants.ts';

/**
 * What every room's router takes, so that Chromium, Firefox and Safari meet: each browser finds a codec here that
 * all others decode. Order is preference.
 *
 * H.264 profile-level-ids (RFC 6184 section 8.1): 42e01f is Constrained Baseline, level 3.1, which all decode;
 * 640c1f is Constrained High, level 3.1, for hardware encoders that offer nothing else.
 */
export const MEDIA_CODECS: RouterRtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    clockRate: 48000,
    channels: 2,
    parameters: { useinbandfec: 1, usedtx: 1 },
  },
  { kind: 'audio', mimeType: 'audio/PCMU', clockRate: 8000 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90000, parameters: { 'profile-id': 0 } },
  {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90000,
    parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
  },
  {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90000,
    parameters: { 'packetization-mode': 1, 'profile-level-id': '640c1f', 'level-asymmetry-allowed': 1 },
  },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90000, parameters: { profile: 0 } },
];

/** What mediasoup makes of these codecs: the capabilities of every router. A copy, as it writes defaults into what it is given. */
export const ROUTER_CAPABILITIES: RtpCapabilities = generateRouterRtpCapabilities(
  structuredClone(MEDIA_CODECS),
);

/** The same capabilities with one video codec before the others: clients publish with the first one that they have. */
export function preferVideoCodec(capabilities: RtpCapabilities, codec: VideoCodec): RtpCapabilities {
  const { codecs = [], ...rest } = capabilities;
  const rank = ({ mimeType }: { mimeType: string }) => Number(mimeType.toLowerCase() !== `video/${codec}`);
  return { ...rest, codecs: codecs.toSorted((a, b) => rank(a) - rank(b)) };
}
