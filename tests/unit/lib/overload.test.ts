import { describe, expect, test } from 'vitest';
import {
  MEMBERS_AFTER_MS,
  Overload,
  RECOVERED_AFTER_MS,
  RECOVERED_PRESSURE,
  ROOMS_AFTER_MS,
} from '../../../src/lib/overload.ts';

/** Notes a pressure each second, for so many milliseconds from `from`; returns the stages. */
function keep(overload: Overload, pressure: number, from: number, forMs: number): string[] {
  const stages: string[] = [];
  for (let now = from; now <= from + forMs; now += 1000) {
    overload.note(pressure, now);
    stages.push(overload.refusing);
  }
  return stages;
}

describe('an overload', () => {
  test('refuses rooms when the pressure lasts, and members when it goes on', () => {
    const overload = new Overload();
    const stages = keep(overload, 1, 0, ROOMS_AFTER_MS + MEMBERS_AFTER_MS);
    expect(stages.indexOf('rooms')).toBe(ROOMS_AFTER_MS / 1000);
    expect(stages.indexOf('members')).toBe((ROOMS_AFTER_MS + MEMBERS_AFTER_MS) / 1000);
  });

  test('takes no notice of a peak', () => {
    const overload = new Overload();
    for (let now = 0; now < 60_000; now += 1000) overload.note(now % 4000 === 0 ? 0.9 : 3, now);
    expect(overload.refusing).toBe('nobody');
  });

  test('goes on between recovery and the limit, without going further', () => {
    const overload = new Overload();
    keep(overload, 1.2, 0, ROOMS_AFTER_MS);
    expect(keep(overload, (1 + RECOVERED_PRESSURE) / 2, ROOMS_AFTER_MS + 1000, 60_000)).toEqual(
      Array(61).fill('rooms'),
    );
  });

  test('ends when the pressure has been low for some time, from any stage', () => {
    const overload = new Overload();
    keep(overload, 2, 0, 60_000);
    expect(overload.refusing).toBe('members');
    const stages = keep(overload, RECOVERED_PRESSURE - 0.01, 61_000, RECOVERED_AFTER_MS);
    expect(stages.indexOf('nobody')).toBe(RECOVERED_AFTER_MS / 1000);
  });

  test('says when the stage changes', () => {
    const overload = new Overload();
    expect(overload.note(1, 0)).toBe(false);
    expect(overload.note(1, ROOMS_AFTER_MS)).toBe(true);
    expect(overload.note(1, ROOMS_AFTER_MS + 1)).toBe(false);
  });
});
