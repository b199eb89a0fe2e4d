import type { Consumer } from 'mediasoup/types';
import { afterEach, beforeEach, expect, type Mock, test, vi } from 'vitest';
import { Layers } from '../../../src/media/layers.ts';
import { PATIENCE_MS, VideoStart } from '../../../src/media/video-start.ts';
import { DirectVideo } from '../../support/direct-video.ts';

let video: DirectVideo;
let consumer: Consumer;
let start: VideoStart;
let deafMs: number;
let requestKeyFrame: Mock<Consumer['requestKeyFrame']>;

beforeEach(async () => {
  video = await DirectVideo.open();
  consumer = await video.consume();
  requestKeyFrame = vi.spyOn(consumer, 'requestKeyFrame');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  deafMs = 0;
  const keyFrames = {
    get deafMs() {
      return deafMs;
    },
  };
  start = new VideoStart(consumer, new Layers(consumer, false), keyFrames);
});

afterEach(() => {
  vi.useRealTimers();
  video.close();
});

test('a video that does not flow is asked for again, until it does', async () => {
  await begin();
  for (const times of [1, 2]) {
    await patience(times * PATIENCE_MS);
    expect(requestKeyFrame).toHaveBeenCalledTimes(times);
    await condition(() => vi.getTimerCount() === 1);
  }
  await flow();
  await patience(4 * PATIENCE_MS);
  expect(requestKeyFrame).toHaveBeenCalledTimes(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('an encoder that would not listen is asked when it does', async () => {
  await begin();
  deafMs = 100;
  await patience();
  await condition(() => vi.getTimerCount() === 1);
  expect(requestKeyFrame).not.toHaveBeenCalled();
  deafMs = 0;
  await patience(100);
  expect(requestKeyFrame).toHaveBeenCalledOnce();
});

test('what began low is raised once it flows, and what waits for a layer that is not sent is lowered', async () => {
  video.close();
  video = await DirectVideo.open({ layers: 2 });
  consumer = await video.consume();
  const layers = new Layers(consumer, false);
  start = new VideoStart(consumer, layers, { deafMs: 0 });
  await begin();
  await patience();
  await condition(() => consumer.preferredLayers?.spatialLayer === 0);
  await condition(() => vi.getTimerCount() === 1);
  await flow();
  await patience(2 * PATIENCE_MS);
  await condition(() => consumer.preferredLayers?.spatialLayer === 1);
  expect(vi.getTimerCount()).toBe(0);
});

test('a video that flows is not asked for', async () => {
  await begin();
  await flow();
  await patience();
  expect(requestKeyFrame).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('what it sent before it was paused does not count', async () => {
  await begin();
  await flow();
  await patience();
  await consumer.pause();
  await begin();
  await patience();
  expect(requestKeyFrame).toHaveBeenCalledOnce();
});

test('a video that is paused is not asked for, nor one whose producer is', async () => {
  await begin();
  await consumer.pause();
  await patience();
  expect(vi.getTimerCount()).toBe(0);
  await begin();
  await video.producer.pause();
  await condition(() => consumer.producerPaused);
  await patience();
  expect(requestKeyFrame).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a producer that goes on is watched again', async () => {
  await consumer.resume();
  await video.producer.pause();
  await condition(() => consumer.producerPaused);
  await video.producer.resume();
  await condition(() => vi.getTimerCount() === 1);
  await patience();
  expect(requestKeyFrame).toHaveBeenCalledOnce();
});

test('a video that was closed is not asked for', async () => {
  await begin();
  consumer.close();
  expect(vi.getTimerCount()).toBe(0);
  start.begin();
  await patience();
  expect(requestKeyFrame).not.toHaveBeenCalled();
});

/** As a subscription does it. */
async function begin(): Promise<void> {
  await consumer.resume();
  start.begin();
  await condition(() => vi.getTimerCount() === 1);
}

/** Lets its patience end, and what it does then. */
async function patience(ms = PATIENCE_MS): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  if (!consumer.closed) await consumer.getStats(); // the worker answers in order
  await new Promise(setImmediate); // after what was to be done with the answer
}

async function flow(): Promise<void> {
  const came = new Promise((resolve) => consumer.once('rtp', resolve));
  video.send('key');
  await came;
}

/** With the clock of the test standing still. */
async function condition(isMet: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !isMet(); ) {
    if (performance.now() > end) throw new Error(`never: ${isMet}`);
    await new Promise(setImmediate);
  }
}
