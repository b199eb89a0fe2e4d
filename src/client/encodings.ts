import { VIDEO_CODECS, type VideoCodec } from '../protocol/constants.ts';
import type { Source } from '../protocol/grants.ts';

/** One encoding of a track, as `RTCRtpEncodingParameters` has it. */
export interface Encoding {
  maxBitrate: number;
  maxFramerate?: number;
  scaleResolutionDownBy?: number;
  scalabilityMode?: string;
  priority?: RTCPriorityType;
  networkPriority?: RTCPriorityType;
}

/** The codec of a capability; undefined for retransmissions and what the SDK does not publish with. */
export function videoCodecOf({ mimeType }: { mimeType: string }): VideoCodec | undefined {
  return VIDEO_CODECS.find((name) => mimeType.toLowerCase() === `video/${name}`);
}

export interface EncodingOptions {
  source: Source;
  /** Of the track, in pixels; 640×480 where the browser does not tell. */
  size: { width?: number; height?: number };
  codec: VideoCodec;
  /** Whether the picture is sent in several sizes. */
  layered: boolean;
}

/** A picture of 1280×720, in bits per second and in pixels. Larger and smaller pictures follow from it by their area. */
const HD_BITRATE = 1_700_000;
const HD_AREA = 1280 * 720;
/** Small pictures need more bits for each pixel: a quarter of the area takes 0.3 of the bitrate. */
const AREA_EXPONENT = 0.87;
/** The newer codecs need less for the same picture. */
const EFFICIENCY = { vp8: 1, h264: 1, vp9: 0.75, av1: 0.65 } as const satisfies Record<VideoCodec, number>;
/** An edge that is shorter than this is not worth a layer, in pixels. */
const MIN_EDGE = 150;
/** Screens are sent sharp and with few frames: text is read, not watched. */
const SCREEN = { maxBitrate: 2_500_000, maxFramerate: 15 };
const SMALL_SCREEN = { maxBitrate: 500_000, maxFramerate: 5 };
/** A screen with shorter edges than this is sent in one size, as half of it could not be read; in pixels. */
const MIN_HALVED_SCREEN = 720;

/**
 * The encodings of a video, the smallest picture first. VP8 and H.264 send layers as encodings of their own (simulcast), VP9
 * and AV1 as one encoding with several spatial layers (SVC). All have three temporal layers, so that a receiver with a short
 * line can get fewer frames.
 */
export function encodingsFor({ source, size, codec, layered }: EncodingOptions): Encoding[] {
  const { width = 640, height = 480 } = size;
  return source === 'screen'
    ? screenEncodings(Math.min(width, height), codec, layered)
    : cameraEncodings(width, height, codec, layered);
}

/** The encoding of sound, which goes before pictures where the uplink is short. */
export function audioEncoding(source: Source): Encoding {
  const maxBitrate = source === 'mic' ? 40_000 : 128_000;
  return { maxBitrate, priority: 'high', networkPriority: 'high' };
}

function cameraEncodings(width: number, height: number, codec: VideoCodec, layered: boolean): Encoding[] {
  const scales = [4, 2, 1].filter((scale) => Math.min(width, height) / scale >= MIN_EDGE);
  const maxBitrate = bitrateOf(width * height, codec);
  if (!layered || scales.length < 2) return [{ maxBitrate, scalabilityMode: 'L1T3' }];
  if (isSvc(codec)) return [{ maxBitrate, scalabilityMode: `L${scales.length}T3_KEY` }];
  return scales.map((scale) => ({
    scaleResolutionDownBy: scale,
    maxBitrate: bitrateOf((width * height) / scale ** 2, codec),
    scalabilityMode: 'L1T3',
  }));
}

function screenEncodings(edge: number, codec: VideoCodec, layered: boolean): Encoding[] {
  const whole = { ...SCREEN, scalabilityMode: 'L1T3' };
  if (!layered || isSvc(codec) || edge < MIN_HALVED_SCREEN) return [whole];
  return [
    { ...SMALL_SCREEN, scaleResolutionDownBy: 2, scalabilityMode: 'L1T3' },
    { ...whole, scaleResolutionDownBy: 1 },
  ];
}

function isSvc(codec: VideoCodec): boolean {
  return codec === 'vp9' || codec === 'av1';
}

function bitrateOf(area: number, codec: VideoCodec): number {
  return Math.round(EFFICIENCY[codec] * HD_BITRATE * (area / HD_AREA) ** AREA_EXPONENT);
}
