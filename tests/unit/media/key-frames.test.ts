import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  KEY_FRAME_LOST_MS,
  KEY_FRAME_REQUEST_INTERVAL_MS,
  KeyFrames,
} from '../../../src/media/key-frames.ts';
import { DirectVideo } from '../../support/direct-video.ts';

let video: DirectVideo;
let keyFrames: KeyFrames;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  video = await DirectVideo.open();
  const watched = await KeyFrames.watch(video.producer);
  if (!watched) throw new Error('a video was not watched');
  keyFrames = watched;
});

afterEach(() => {
  video.close();
  vi.useRealTimers();
});

test('a video that nobody asked for has no request', () => {
  expect(keyFrames.requested).toBe(false);
});

test('a request serves all until its key frame comes', async () => {
  await request();
  vi.advanceTimersByTime(KEY_FRAME_REQUEST_INTERVAL_MS);
  expect(keyFrames.requested).toBe(true);
  await keyFrame();
  expect(keyFrames.requested).toBe(false);
});

test('a request stands for as long as the encoder would ignore another, even when its key frame is there', async () => {
  await request();
  await keyFrame();
  vi.advanceTimersByTime(KEY_FRAME_REQUEST_INTERVAL_MS - 1);
  expect(keyFrames.requested).toBe(true);
  vi.advanceTimersByTime(1);
  expect(keyFrames.requested).toBe(false);
});

test('a request whose key frame never comes does not stand for good', async () => {
  await request();
  vi.advanceTimersByTime(KEY_FRAME_LOST_MS - 1);
  expect(keyFrames.requested).toBe(true);
  vi.advanceTimersByTime(1);
  expect(keyFrames.requested).toBe(false);
});

test('an encoder that has just answered is deaf for a while, and one that is to answer is not', async () => {
  expect(keyFrames.deafMs).toBe(0);
  await request();
  expect(keyFrames.deafMs).toBe(0);
  vi.advanceTimersByTime(100);
  await keyFrame();
  expect(keyFrames.deafMs).toBe(KEY_FRAME_REQUEST_INTERVAL_MS - 100);
  vi.advanceTimersByTime(KEY_FRAME_REQUEST_INTERVAL_MS);
  expect(keyFrames.deafMs).toBe(0);
});

/** A stream that does not begin with a key frame makes the worker ask for one. */
async function request(): Promise<void> {
  const asked = traced('pli');
  video.send('delta');
  await asked;
}

async function keyFrame(): Promise<void> {
  const came = traced('keyframe');
  video.send('key');
  await came;
}

function traced(type: 'pli' | 'keyframe'): Promise<void> {
  return new Promise((resolve) => {
    video.producer.on('trace', (trace) => {
      if (trace.type === type) resolve();
    });
  });
}
