/** The SDK notices that its user begins to speak. */
import { beforeEach, expect, test } from 'vitest';
import { SpeechOnset } from '../../../src/client/speech-onset.ts';

const STEP_MS = 25;
let onset: SpeechOnset;
let now: number;

beforeEach(() => {
  onset = new SpeechOnset();
  now = 0;
});

/** How often speech is noticed when a level lasts. */
function hear(levelDb: number, ms: number): number {
  let noticed = 0;
  for (const end = now + ms; now < end; now += STEP_MS) if (onset.heard(levelDb, now)) noticed++;
  return noticed;
}

test('the first word is noticed at once, and then once a second', () => {
  expect(hear(-70, 500)).toBe(0);
  expect(hear(-25, STEP_MS)).toBe(1);
  expect(hear(-25, 900)).toBe(0);
  expect(hear(-25, 1000)).toBe(1);
});

test('each word after a pause is noticed, if the last was not just before it', () => {
  expect(hear(-25, 200)).toBe(1);
  expect(hear(-80, 1000)).toBe(0);
  expect(hear(-25, 200)).toBe(1);
});

test('silence without any sound is none, and no fault', () => {
  expect(hear(-Infinity, 1000)).toBe(0);
  expect(hear(-25, STEP_MS)).toBe(1);
});

test('a loud noise that stays is no speech after a while, and speech above it is', () => {
  hear(-35, 15_000);
  expect(hear(-35, 5000)).toBe(0);
  expect(hear(-15, 200)).toBe(1);
});
