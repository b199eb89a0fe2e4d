import type { ProducerStat } from 'mediasoup/types';
import { expect, test } from 'vitest';
import { VideoLayers } from '../../../src/media/video-layers.ts';

const simulcast = [4, 2, 1].map((scaleResolutionDownBy, index) => ({
  rid: `r${index}`,
  scaleResolutionDownBy,
  maxBitrate: 100_000 * 4 ** index,
  scalabilityMode: 'L1T3',
}));
const stat = (rid: string, bitrateByLayer: Record<string, number>) =>
  ({ type: 'inbound-rtp', rid, bitrate: 0, bitrateByLayer }) as unknown as ProducerStat;
const shape = (layers: VideoLayers, highest?: number) =>
  layers
    .tiers(highest)
    .map(({ spatialLayer, temporalLayer, bitrate }) => [spatialLayer, temporalLayer, bitrate]);

test('the smallest layer that fills an area is taken, with some enlargement', () => {
  const layers = new VideoLayers(simulcast, { width: 1280, height: 720 });
  const of = (width: number, height: number) => layers.filling({ width, height });
  expect(of(100, 60)).toBe(0);
  expect(of(360, 200)).toBe(0);
  expect(of(400, 225)).toBe(1);
  expect(of(640, 360)).toBe(1);
  expect(of(960, 540)).toBe(2);
  expect(of(4000, 2000)).toBe(2);
  // An upright element shows the whole picture between bars.
  expect(of(320, 1000)).toBe(0);
  layers.resize({ width: 640, height: 360 });
  expect(of(640, 360)).toBe(2);
});

test('what is declared is expected, and what is measured counts', () => {
  const layers = new VideoLayers(simulcast);
  expect(shape(layers, 0)).toEqual([
    [0, 0, 40_000],
    [0, 1, 60_000],
    [0, 2, 100_000],
  ]);
  layers.measured([stat('r0', { '0.0': 20_000, '0.1': 30_000, '0.2': 50_000 })]);
  expect(shape(layers, 0)).toEqual([
    [0, 0, 20_000],
    [0, 1, 30_000],
    [0, 2, 50_000],
  ]);
  layers.measured([]); // a layer that is stopped will be what was declared
  expect(shape(layers, 0).at(-1)).toEqual([0, 2, 100_000]);
});

test('each tier takes more than the one before it', () => {
  const layers = new VideoLayers(simulcast);
  layers.measured([
    stat('r0', { '0.0': 50_000, '0.1': 80_000, '0.2': 170_000 }),
    stat('r1', { '0.0': 160_000, '0.1': 240_000, '0.2': 400_000 }),
  ]);
  const bitrates = layers.tiers().map(({ bitrate }) => bitrate);
  expect(bitrates).toEqual(bitrates.toSorted((a, b) => a - b));
  expect(layers.tiers(1).at(-1)).toMatchObject({ spatialLayer: 1, temporalLayer: 2 });
});

test('SVC has its layers in one stream, and a single picture has one', () => {
  const svc = new VideoLayers([{ ssrc: 1, scalabilityMode: 'L3T3_KEY', maxBitrate: 1_000_000 }]);
  expect([svc.count, svc.isSimulcast, svc.tiers().length]).toEqual([3, false, 9]);
  expect(svc.tiers().at(-1)?.bitrate).toBe(1_000_000);
  const single = new VideoLayers([{ ssrc: 1 }]);
  expect([single.count, single.tiers().length, single.filling({ width: 10, height: 10 })]).toEqual([1, 1, 0]);
});

test('a video without layers takes what is measured, however little, and whatever its stream is called', () => {
  const single = new VideoLayers([{}]);
  expect(shape(single)).toEqual([[0, 0, 1_700_000]]);
  single.measured([{ type: 'inbound-rtp', ssrc: 7, bitrate: 30_000 } as unknown as ProducerStat]);
  expect(shape(single)).toEqual([[0, 0, 30_000]]);
});
