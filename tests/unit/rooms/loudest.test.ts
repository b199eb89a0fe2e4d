/** Whose sound is forwarded in a large room. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  FALSE_HINT_MS,
  HINT_MS,
  HOLD_MS,
  LOUDER_DB,
  Loudest,
  MAX_HINTED,
} from '../../../src/rooms/loudest.ts';

const INTERVAL_MS = 250;
let loudest: Loudest<string>;
let now: number;

beforeEach(() => {
  loudest = new Loudest({ maxForwarded: 2, maxRecent: 4 });
  for (const name of ['ann', 'bob', 'eve', 'joe', 'kim', 'leo']) loudest.add(name);
  now = 0;
});

/** An interval in which these were heard. */
function hear(levels: Record<string, number>): void {
  now += INTERVAL_MS;
  const heard = Object.entries(levels).map(([speaker, level]) => ({ speaker, level }));
  loudest.heard(heard, now);
}

const NAMES = ['ann', 'bob', 'eve', 'joe', 'kim', 'leo'];
const forwarded = () => NAMES.filter((name) => loudest.isForwarded(name, now));
const recent = () => NAMES.filter((name) => loudest.isRecent(name));

describe('the loudest', () => {
  test('are forwarded, and the first ones in a silence', () => {
    expect(forwarded()).toEqual(['ann', 'bob']);
    hear({ eve: -30 });
    expect(forwarded()).toContain('eve');
    hear({ eve: -30, joe: -40 });
    expect(forwarded()).toEqual(['eve', 'joe']);
  });

  test('keep their places in a silence that belongs to speech, and for as long as nobody else speaks', () => {
    hear({ eve: -40, joe: -40 });
    hear({});
    hear({ kim: -38 });
    expect(forwarded()).toEqual(['eve', 'joe']);
    for (let ms = 0; ms < HOLD_MS; ms += INTERVAL_MS) hear({});
    expect(forwarded()).toEqual(['eve', 'joe']);
    hear({ kim: -60 });
    expect(forwarded()).toContain('kim');
    expect(forwarded()).toHaveLength(2);
  });

  test('give way only to somebody who is clearly louder', () => {
    hear({ eve: -40, joe: -30 });
    hear({ eve: -40, joe: -30, kim: -40 + LOUDER_DB - 1 });
    expect(forwarded()).toEqual(['eve', 'joe']);
    hear({ eve: -40, joe: -30, kim: -40 + LOUDER_DB });
    expect(forwarded()).toEqual(['joe', 'kim']);
  });

  test('of two that have been silent, the one that was silent longer gives way', () => {
    hear({ eve: -40 });
    hear({ joe: -40 });
    for (let ms = 0; ms < 2 * HOLD_MS; ms += INTERVAL_MS) hear({});
    hear({ kim: -50 });
    expect(forwarded()).toEqual(['joe', 'kim']);
  });

  test('leave their places free when they go', () => {
    hear({ eve: -40, joe: -40 });
    loudest.delete('eve');
    hear({ kim: -60, joe: -20 });
    expect(forwarded()).toEqual(['joe', 'kim']);
    expect(loudest.has('eve')).toBe(false);
  });
});

describe('always on', () => {
  test('is forwarded beside the loudest', () => {
    loudest.setAlwaysOn('leo', true);
    hear({ eve: -40, joe: -40 });
    expect(forwarded()).toEqual(['eve', 'joe', 'leo']);
    expect(recent()).toContain('leo');
    loudest.setAlwaysOn('leo', false);
    expect(forwarded()).toEqual(['eve', 'joe']);
  });

  test('gives its place among the loudest to another', () => {
    hear({ eve: -40, joe: -40 });
    loudest.setAlwaysOn('eve', true);
    hear({ kim: -60 });
    expect(forwarded()).toEqual(['eve', 'joe', 'kim']);
  });
});

describe('a hint', () => {
  test('forwards at once, and lapses unless levels confirm it', () => {
    hear({ eve: -40, joe: -40 });
    expect(loudest.hint('kim', now)).toBe(true);
    expect(forwarded()).toEqual(['eve', 'joe', 'kim']);
    now += HINT_MS;
    expect(forwarded()).toEqual(['eve', 'joe']);
  });

  test('that levels confirm ends in a place, if it is loud enough', () => {
    hear({ eve: -40, joe: -30 });
    loudest.hint('kim', now);
    hear({ eve: -40, joe: -30, kim: -20 });
    now += HINT_MS;
    expect(forwarded()).toEqual(['joe', 'kim']);
  });

  test('is of no use for a while after one that was not true', () => {
    loudest.hint('kim', now);
    now += HINT_MS + 1;
    expect(loudest.hint('kim', now)).toBe(false);
    now += FALSE_HINT_MS;
    expect(loudest.hint('kim', now)).toBe(true);
  });

  test('of somebody who was heard is of use again', () => {
    loudest.hint('kim', now);
    hear({ kim: -70, eve: -20, joe: -20 });
    now += HINT_MS;
    expect(forwarded()).not.toContain('kim');
    expect(loudest.hint('kim', now)).toBe(true);
  });

  test(`is taken from ${MAX_HINTED} at a time`, () => {
    const hints = ['eve', 'joe', 'kim', 'leo'].map((name) => loudest.hint(name, now));
    expect(hints).toEqual([true, true, true, false]);
  });

  test('of somebody who is forwarded, or not there, is of no use', () => {
    expect(loudest.hint('ann', now)).toBe(false);
    expect(loudest.hint('max', now)).toBe(false);
  });
});

describe('those that spoke last', () => {
  test('are the first ones at first, and then those that were heard', () => {
    expect(recent()).toEqual(['ann', 'bob', 'eve', 'joe']);
    hear({ kim: -40 });
    hear({ leo: -40 });
    expect(recent()).toHaveLength(4);
    expect(recent()).toEqual(expect.arrayContaining(['kim', 'leo']));
  });

  test('have whoever hints that it speaks', () => {
    loudest.hint('leo', now);
    expect(recent()).toContain('leo');
    expect(recent()).toHaveLength(4);
  });

  test('are filled up when one of them goes', () => {
    loudest.delete('ann');
    expect(recent()).toEqual(['bob', 'eve', 'joe', 'kim']);
  });
});

test('whatever happens, the forwarded are recent, and no more than they may be', () => {
  const speaker = fc.constantFrom(...NAMES);
  const step = fc.oneof(
    fc.record({
      what: fc.constant('hear'),
      levels: fc.dictionary(speaker, fc.integer({ min: -60, max: 0 })),
    }),
    fc.record({ what: fc.constantFrom('hint', 'delete', 'add', 'host', 'no host'), speaker }),
    fc.record({ what: fc.constant('wait'), ms: fc.nat({ max: 20_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      loudest = new Loudest({ maxForwarded: 2, maxRecent: 4 });
      now = 0;
      const hosts = new Set<string>();
      for (const each of steps) {
        if ('levels' in each) hear(each.levels);
        if ('ms' in each) now += each.ms;
        if ('speaker' in each) act(each.what, each.speaker, hosts);
        const heard = NAMES.filter((name) => loudest.isForwarded(name, now));
        const others = heard.filter((name) => !hosts.has(name));
        expect(others.length).toBeLessThanOrEqual(2 + MAX_HINTED);
        expect(recent().filter((name) => !hosts.has(name)).length).toBeLessThanOrEqual(4);
      }
    }),
  );
});

function act(what: string, speaker: string, hosts: Set<string>): void {
  if (what === 'hint') loudest.hint(speaker, now);
  if (what === 'add' && !loudest.has(speaker)) loudest.add(speaker);
  if (what === 'delete') {
    loudest.delete(speaker);
    hosts.delete(speaker);
  }
  if (!loudest.has(speaker)) return;
  if (what === 'host') hosts.add(speaker);
  if (what === 'no host') hosts.delete(speaker);
  loudest.setAlwaysOn(speaker, hosts.has(speaker));
}
