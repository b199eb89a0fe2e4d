import type { Source } from '../protocol/grants.ts';

/** One layer of a video, as `RTCRtpEncodingParameters` has it. */
export interface Encoding {
  maxBitrate: number;
  scaleResolutionDownBy?: number;
  scalabilityMode?: string;
}

/** Bits per second that a picture of 1280×720 is worth; others by their area. */
const HD_BITRATE = 1_700_000;
const HD_AREA = 1280 * 720;
/** Text needs more, and its frames are few. */
const SCREEN_BITRATE = 2_500_000;
/** A layer with a shorter edge below this is not worth its packets; in pixels. */
const MIN_EDGE = 150;

/**
 * The layers that a video is sent in, smallest first, which is the one that comes first. Two or three for a camera with
 * simulcast, by its size; one without, and for a screen.
 */
export function encodingsFor(
  source: Source,
  size: { width?: number; height?: number },
  simulcast: boolean,
): Encoding[] {
  if (source === 'screen' && !simulcast) return [{ maxBitrate: SCREEN_BITRATE }];
  const { width = 640, height = 480 } = size;
  const scales = simulcast ? [4, 2, 1].filter((scale) => Math.min(width, height) / scale >= MIN_EDGE) : [1];
  if (scales.length < 2) return [{ maxBitrate: bitrate(width * height) }];
  return scales.map((scale) => ({
    scaleResolutionDownBy: scale,
    maxBitrate: bitrate((width * height) / scale ** 2),
    scalabilityMode: 'L1T3',
  }));
}

/** Small pictures need more for each pixel. */
function bitrate(area: number): number {
  return Math.round(HD_BITRATE * (area / HD_AREA) ** 0.75);
}
