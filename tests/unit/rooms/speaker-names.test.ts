/** [M8] What members are told of who speaks, and what is not worth telling. */
import { beforeEach, expect, test } from 'vitest';
import { SpeakerNames } from '../../../src/rooms/speaker-names.ts';

let names: SpeakerNames;
let now: number;

beforeEach(() => {
  names = new SpeakerNames();
  now = 0;
});

/** Whether it is told, a quarter of a second after the last one. */
function tell(levels: Record<string, number>, active: string | null = 'ann'): boolean {
  now += 250;
  const described = Object.entries(levels).map(([peerId, level]) => ({ peerId, level }));
  return names.isNews({ active, levels: described }, now);
}

test('another active speaker, another voice and its end are news', () => {
  expect(tell({ ann: -30 })).toBe(true);
  expect(tell({ ann: -30, bob: -50 })).toBe(true);
  expect(tell({ ann: -30, bob: -50 }, 'bob')).toBe(true);
  expect(tell({ ann: -30, eve: -50 }, 'bob')).toBe(true);
  expect(tell({}, 'bob')).toBe(true);
  expect(tell({}, 'bob')).toBe(false);
});

test('a level is told when it has changed by 3 dB since it was told, little by little too', () => {
  expect(tell({ ann: -30 })).toBe(true);
  expect(tell({ ann: -32 })).toBe(false);
  expect(tell({ ann: -28 })).toBe(false);
  expect(tell({ ann: -33 })).toBe(true);
  expect(tell({ ann: -31 })).toBe(false);
});

test('what lasts is told every two seconds, and a silence is not', () => {
  const told = Array.from({ length: 17 }, () => tell({ ann: -30 }));
  expect(told.filter(Boolean)).toHaveLength(3);
  tell({});
  expect(Array.from({ length: 17 }, () => tell({})).filter(Boolean)).toEqual([]);
});
