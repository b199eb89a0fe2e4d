import type { Consumer } from 'mediasoup/types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Layers } from '../../../src/media/layers.ts';
import { DirectVideo } from '../../support/direct-video.ts';

let video: DirectVideo;
let consumer: Consumer;

afterEach(() => video.close());

describe('of a video in three sizes', () => {
  beforeEach(() => open(3));

  test('what its receiver wants is sent at once', async () => {
    const layers = new Layers(consumer, false);
    await layers.prefer({ spatialLayer: 1 });
    expect(spatialLayer()).toBe(1);
  });

  test('what is low for a while is what its receiver wants afterwards', async () => {
    const layers = new Layers(consumer, false);
    await layers.lower();
    expect(spatialLayer()).toBe(0);
    await layers.prefer({ spatialLayer: 1 });
    expect(spatialLayer()).toBe(0);
    await layers.raise();
    expect(spatialLayer()).toBe(1);
    await layers.prefer({ spatialLayer: 2 });
    expect(spatialLayer()).toBe(2);
  });

  test('what began low and nobody asked for is the highest afterwards, once', async () => {
    const layers = new Layers(consumer, true);
    await layers.raise();
    expect(spatialLayer()).toBe(2);
    await consumer.setPreferredLayers({ spatialLayer: 1 });
    await layers.raise();
    expect(spatialLayer()).toBe(1);
  });

  test('of one that is closed nothing is asked', async () => {
    const layers = new Layers(consumer, true);
    consumer.close();
    await Promise.all([layers.raise(), layers.lower(), layers.prefer({ spatialLayer: 1 })]);
  });
});

test('a video in one size has no layers to choose from', async () => {
  await open(1);
  const layers = new Layers(consumer, true);
  await layers.lower();
  await layers.raise();
  await layers.prefer({ spatialLayer: 1 });
  expect(consumer.preferredLayers).toBeUndefined();
});

async function open(layers: number): Promise<void> {
  video = await DirectVideo.open({ layers });
  consumer = await video.consume();
}

function spatialLayer(): number | undefined {
  return consumer.preferredLayers?.spatialLayer;
}
