import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Awaited, EarlyKeyFrames, earlyKeyFrameDelay } from '../../../src/media/early-key-frame.ts';

const RTT_MS = 200;
/** What is told with ICE up, and what was told half a round trip before. */
const DELAY_MS = delay({ sinceIce: 0, sinceTold: 0 });
const DELAY_OF_TOLD_BEFORE_MS = delay({ sinceIce: 0, sinceTold: RTT_MS / 2 });

let early: EarlyKeyFrames;

beforeEach(() => {
  vi.useFakeTimers();
  early = new EarlyKeyFrames(() => RTT_MS);
});

afterEach(() => vi.useRealTimers());

test('a producer told of before ICE is up is asked when that is timed, not before', () => {
  const video = awaited();
  early.told(video);
  vi.advanceTimersByTime(RTT_MS / 2);
  expect(vi.getTimerCount()).toBe(0);
  early.iceConnected();
  vi.advanceTimersByTime(DELAY_OF_TOLD_BEFORE_MS - 1);
  expect(video.request).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(video.request).toHaveBeenCalledOnce();
});

test('a producer told of while DTLS goes on is asked for the moment when it is ready', () => {
  early.iceConnected();
  const video = awaited();
  early.told(video);
  vi.advanceTimersByTime(DELAY_MS - 1);
  expect(video.request).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(video.request).toHaveBeenCalledOnce();
});

test('ICE that comes up again asks nobody twice', () => {
  const video = awaited();
  early.told(video);
  early.iceConnected();
  early.iceConnected();
  vi.runAllTimers();
  expect(video.request).toHaveBeenCalledOnce();
});

test('each of many is asked', () => {
  const videos = [awaited(), awaited(), awaited()];
  for (const video of videos) early.told(video);
  early.iceConnected();
  vi.runAllTimers();
  for (const video of videos) expect(video.request).toHaveBeenCalledOnce();
});

test('no request is made where one that serves was made already', () => {
  const video = awaited({ requested: true });
  early.told(video);
  early.iceConnected();
  vi.runAllTimers();
  expect(video.request).not.toHaveBeenCalled();
});

test('a publisher whose round trip is not known is not asked', () => {
  const video = awaited({ publisherRtt: () => undefined });
  early.told(video);
  early.iceConnected();
  expect(vi.getTimerCount()).toBe(0);
});

test('a subscriber whose round trip is not known has no early requests', () => {
  early = new EarlyKeyFrames(() => undefined);
  early.told(awaited());
  early.iceConnected();
  expect(vi.getTimerCount()).toBe(0);
});

test('one that was closed before ICE came up is forgotten', () => {
  const [closed, open] = [awaited(), awaited()];
  early.told(closed);
  early.told(open);
  early.forget(closed);
  early.iceConnected();
  vi.runAllTimers();
  expect(closed.request).not.toHaveBeenCalled();
  expect(open.request).toHaveBeenCalledOnce();
});

test('close leaves no timer, and nothing is scheduled after it', () => {
  early.iceConnected();
  early.told(awaited());
  expect(vi.getTimerCount()).toBe(1);
  early.close();
  expect(vi.getTimerCount()).toBe(0);
  early.told(awaited());
  expect(vi.getTimerCount()).toBe(0);
});

function awaited({ requested = false, publisherRtt = (): number | undefined => RTT_MS } = {}) {
  return { keyFrames: { requested }, publisherRtt, request: vi.fn<() => void>() } satisfies Awaited;
}

function delay(since: { sinceIce: number; sinceTold: number }): number {
  const ms = earlyKeyFrameDelay({ subscriberRtt: RTT_MS, publisherRtt: RTT_MS, ...since });
  if (ms === undefined) throw new Error('nobody would be asked');
  return ms;
}
