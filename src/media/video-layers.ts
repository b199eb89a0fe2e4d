import { parseScalabilityMode } from 'mediasoup';
import type { ProducerStat } from 'mediasoup/types';
import type { PictureSize, RtpParameters } from '../protocol/media.ts';

type Encoding = RtpParameters['encodings'][number];

/** One choice of what of a video is sent. */
export interface Tier {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  /** In bits per second. */
  readonly bitrate: number;
}

interface SpatialLayer {
  /** Its stream among those of the producer: all layers of SVC are in one. */
  readonly stream: { readonly rid?: string; readonly ssrc?: number };
  /** Of the whole picture's edge; 1 is the whole. */
  readonly scale: number;
  readonly temporalLayers: number;
  /** What its publisher sends at most, in bits per second, with the spatial layers that it needs. */
  readonly maxBitrate: number;
  /** Whether the video has neither other pictures nor temporal layers. */
  readonly isAlone: boolean;
  /** What its publisher sends, by temporal layer and cumulative; 0 for what it does not send. */
  measured: readonly number[];
}

/** What a picture is assumed to be where its publisher does not say. */
const UNKNOWN_SIZE: PictureSize = { width: 1280, height: 720 };
const UNKNOWN_BITRATE = 1_700_000;
/** How the bitrate of a picture falls with its edge. */
const AREA_EXPONENT = 1.74;
/** An edge may be enlarged by so much before the next layer is worth its bits. */
const ENLARGEMENT = 1.15;
/** The cumulative shares of temporal layers, as libwebrtc's encoders have them (`GetTemporalLayerRates`). */
const SHARES: readonly (readonly number[])[] = [[1], [0.6, 1], [0.4, 0.6, 1]];

/** The layers of one video: which one fills an element, and what each takes of a line. */
export class VideoLayers {
  /** Whether each layer is a stream of its own, which its publisher can stop alone. */
  readonly isSimulcast: boolean;
  readonly #layers: readonly SpatialLayer[];
  #size: PictureSize;

  constructor(encodings: readonly Encoding[], size: PictureSize = UNKNOWN_SIZE) {
    this.isSimulcast = encodings.length > 1;
    this.#layers = this.isSimulcast ? simulcastLayers(encodings) : svcLayers(encodings[0]);
    this.#size = size;
  }

  /** How many pictures of different sizes there are. */
  get count(): number {
    return this.#layers.length;
  }

  /** The whole picture has another size from now on. */
  resize(size: PictureSize): void {
    this.#size = size;
  }

  /**
   * The smallest spatial layer that fills an area, and the largest where none does.
   * @param area in pixels of the screen
   */
  filling({ width, height }: PictureSize): number {
    const { width: wholeWidth, height: wholeHeight } = this.#size;
    const index = this.#layers.findIndex(
      ({ scale }) =>
        (ENLARGEMENT * wholeWidth) / scale >= width || (ENLARGEMENT * wholeHeight) / scale >= height,
    );
    return index < 0 ? this.count - 1 : index;
  }

  /** All that can be sent up to a spatial layer, the smallest first. Each takes more of a line than the one before it. */
  tiers(highest = this.count - 1): Tier[] {
    const tiers: Tier[] = [];
    for (const [spatialLayer, layer] of this.#layers.slice(0, highest + 1).entries()) {
      for (let temporalLayer = 0; temporalLayer < layer.temporalLayers; temporalLayer++) {
        const bitrate = bitrateOf(layer, temporalLayer);
        const last = tiers.at(-1);
        if (!last || bitrate > last.bitrate) tiers.push({ spatialLayer, temporalLayer, bitrate });
        else if (spatialLayer > last.spatialLayer) {
          // A larger picture for less: nobody wants the smaller ones that take more.
          while ((tiers.at(-1)?.bitrate ?? 0) >= bitrate) tiers.pop();
          tiers.push({ spatialLayer, temporalLayer, bitrate });
        }
      }
    }
    return tiers;
  }

  /** Takes what the worker has measured of its streams. */
  measured(stats: readonly ProducerStat[]): void {
    const streams = stats.filter(({ type }) => type === 'inbound-rtp');
    for (const [spatialLayer, layer] of this.#layers.entries()) {
      const { rid, ssrc } = layer.stream;
      const isOwn = (stat: ProducerStat) => (rid === undefined ? stat.ssrc === ssrc : stat.rid === rid);
      const stream = streams.find((stat) => layer.isAlone || isOwn(stat));
      const inStream = this.isSimulcast ? 0 : spatialLayer;
      layer.measured = Array.from({ length: layer.temporalLayers }, (_, temporalLayer) => {
        if (!stream) return 0;
        if (this.count === 1 && layer.temporalLayers === 1) return stream.bitrate;
        return stream.bitrateByLayer[`${inStream}.${temporalLayer}`] ?? 0;
      });
    }
  }
}

/**
 * What is measured counts where it is more than a trickle: a layer that just begins, or is stopped, says nothing. A video without layers
 * is all that there is of it, however little it takes.
 */
function bitrateOf(
  { temporalLayers, maxBitrate, measured, isAlone }: SpatialLayer,
  temporalLayer: number,
): number {
  const share = SHARES[temporalLayers - 1]?.[temporalLayer] ?? 1;
  const expected = share * maxBitrate;
  const now = measured[temporalLayer] ?? 0;
  const trickle = isAlone ? 0 : expected / 10;
  return Math.round(now > trickle ? now : expected);
}

function simulcastLayers(encodings: readonly Encoding[]): SpatialLayer[] {
  return encodings.map((encoding, index) => {
    const { scaleResolutionDownBy, maxBitrate, scalabilityMode } = encoding;
    const scale = scaleResolutionDownBy ?? 2 ** (encodings.length - 1 - index);
    return {
      stream: encoding,
      scale,
      temporalLayers: parseScalabilityMode(scalabilityMode).temporalLayers,
      isAlone: false,
      maxBitrate: maxBitrate ?? UNKNOWN_BITRATE / scale ** AREA_EXPONENT,
      measured: [],
    };
  });
}

function svcLayers(encoding: Encoding = {}): SpatialLayer[] {
  const { spatialLayers, temporalLayers } = parseScalabilityMode(encoding.scalabilityMode);
  const { maxBitrate = UNKNOWN_BITRATE } = encoding;
  return Array.from({ length: spatialLayers }, (_, index) => {
    const scale = 2 ** (spatialLayers - 1 - index);
    return {
      stream: encoding,
      scale,
      temporalLayers,
      isAlone: spatialLayers === 1 && temporalLayers === 1,
      maxBitrate: maxBitrate / scale ** AREA_EXPONENT,
      measured: [],
    };
  });
}
