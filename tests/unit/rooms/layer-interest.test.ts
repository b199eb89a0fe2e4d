import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LayerInterest } from '../../../src/rooms/layer-interest.ts';

let told: boolean[][];
let interest: LayerInterest;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  interest = new LayerInterest(3, (active) => told.push(active));
});
afterEach(() => {
  interest.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a layer that nobody wants is told after two seconds', () => {
  interest.change([], [0, 2]);
  vi.advanceTimersByTime(1999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([[true, false, true]]);
});

test('a layer is wanted as long as one receiver wants it', () => {
  interest.change([], [0, 2]);
  interest.change([], [0, 2]);
  vi.advanceTimersByTime(2000);
  interest.change([0, 2], []);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([[true, false, true]]);
  interest.change([0, 2], [0]);
  vi.advanceTimersByTime(2000);
  expect(told.at(-1)).toEqual([true, false, false]);
});

test('the lowest is always wanted, and one that is wanted again is told at once', () => {
  vi.advanceTimersByTime(2000);
  expect(told).toEqual([[true, false, false]]);
  interest.change([], [1]);
  expect(told.at(-1)).toEqual([true, true, false]);
});

test('nothing is told of what is wanted again in time', () => {
  interest.change([], [0, 1, 2]);
  interest.change([0, 1, 2], []);
  vi.advanceTimersByTime(1000);
  interest.change([], [0, 1, 2]);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
});
