import type { ProducerStat } from 'mediasoup/types';
import type { Member } from './member.ts';
import { isClosed, type MediaPublication } from './publication.ts';

/** How well a track reaches this server at this moment. */
export interface SourceStatistics {
  /** Bits per second, all layers together. */
  readonly bitrate: number;
  readonly bytes: number;
  readonly packets: number;
  readonly packetsLost: number;
  /** The share of packets that were lost lately, from 0 to 1. */
  readonly lossRate: number;
  /** RFC 3550 section 6.4.1, in units of the codec's clock. */
  readonly jitter: number;
  /** In milliseconds; undefined while it was not measured. */
  readonly roundTripMs: number | undefined;
  /** mediasoup's, from 0 to 10, of the best layer. */
  readonly score: number;
  /** How many layers (simulcast) arrive. */
  readonly layers: number;
}

/** By the id of the track. What closes meanwhile is left out. */
export async function statisticsOf({ publications }: Member): Promise<Map<string, SourceStatistics>> {
  const tracks = [...publications].filter(
    (publication): publication is MediaPublication => publication.kind !== 'data',
  );
  const read = tracks.map(async (track): Promise<[string, SourceStatistics][]> => {
    try {
      return [[track.id, summaryOf(await track.producer.getStats())]];
    } catch (error) {
      if (isClosed(track)) return [];
      throw error;
    }
  });
  return new Map((await Promise.all(read)).flat());
}

function summaryOf(layers: readonly ProducerStat[]): SourceStatistics {
  const total = (value: (layer: ProducerStat) => number) =>
    layers.reduce((sum, layer) => sum + value(layer), 0);
  const roundTrips = layers.flatMap(({ roundTripTime }) => roundTripTime ?? []);
  return {
    bitrate: total(({ bitrate }) => bitrate),
    bytes: total(({ byteCount }) => byteCount),
    packets: total(({ packetCount }) => packetCount),
    packetsLost: total(({ packetsLost }) => packetsLost),
    // RFC 3550 has it as a fraction of 256.
    lossRate: Math.max(0, ...layers.map(({ fractionLost }) => fractionLost)) / 256,
    jitter: Math.max(0, ...layers.map(({ jitter }) => jitter)),
    roundTripMs: roundTrips.length > 0 ? Math.max(...roundTrips) : undefined,
    score: Math.max(0, ...layers.map(({ score }) => score)),
    layers: layers.filter(({ bitrate }) => bitrate > 0).length,
  };
}
