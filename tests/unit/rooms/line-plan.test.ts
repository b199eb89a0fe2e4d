/** How a short line is shared out: properties that hold for every line and every set of videos. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tier } from '../../../src/media/video-layers.ts';
import { allocate, type Candidate, type Rank, totalOf } from '../../../src/rooms/allocation.ts';
import { LinePlan } from '../../../src/rooms/line-plan.ts';

const tiers = fc
  .uniqueArray(fc.integer({ min: 20_000, max: 3_000_000 }), { minLength: 1, maxLength: 9 })
  .map((bitrates): Tier[] =>
    bitrates
      .toSorted((a, b) => a - b)
      .map((bitrate, index) => ({ spatialLayer: Math.floor(index / 3), temporalLayer: index % 3, bitrate })),
  );
const rank = fc.constantFrom<Rank>('sharp', 'preferred', 'other');
const candidates = fc
  .array(fc.record({ rank, tiers }), { maxLength: 12 })
  .map((all): Candidate<number>[] => all.map((each, key) => ({ ...each, key })));
const bitrate = fc.integer({ min: 0, max: 20_000_000 });

const camera: Tier[] = [60, 90, 150, 200, 300, 500, 680, 1020, 1700].map((kbps, index) => ({
  spatialLayer: Math.floor(index / 3),
  temporalLayer: index % 3,
  bitrate: 1000 * kbps,
}));
const cameras = (count: number, ofRank: Rank = 'other'): Candidate<number>[] =>
  Array.from({ length: count }, (_, key) => ({ key, rank: ofRank, tiers: camera }));

describe('a share of a line', () => {
  test('all together never takes more than the line carries', () => {
    fc.assert(
      fc.property(candidates, bitrate, (all, line) => {
        expect(totalOf(all, allocate(all, line))).toBeLessThanOrEqual(line);
      }),
    );
  });

  test('where everything fits, everything is sent in full', () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const full = new Map(all.map(({ key, tiers }) => [key, tiers.length - 1]));
        expect(allocate(all, totalOf(all, full))).toEqual(full);
      }),
    );
  });

  test('nothing that fits is left out', () => {
    fc.assert(
      fc.property(candidates, bitrate, (all, line) => {
        const levels = allocate(all, line);
        const left = line - totalOf(all, levels);
        for (const { key, tiers } of all) {
          const level = levels.get(key) ?? -1;
          const next = tiers[level + 1];
          if (next) expect(next.bitrate - (tiers[level]?.bitrate ?? 0)).toBeGreaterThan(left);
        }
      }),
    );
  });

  test('what must be sharp gets as much as if it were alone', () => {
    fc.assert(
      fc.property(candidates, bitrate, (all, line) => {
        const sharp = all.filter((each) => each.rank === 'sharp');
        const alone = allocate(sharp, line);
        const levels = allocate(all, line);
        for (const { key } of sharp) expect(levels.get(key)).toBe(alone.get(key));
      }),
    );
  });

  test('every camera moves before the one who speaks becomes sharp, and that one before the others', () => {
    const all = cameras(3).map(
      (each): Candidate<number> => (each.key === 1 ? { ...each, rank: 'preferred' } : each),
    );
    expect([...allocate(all, 220_000).values()]).toEqual([0, 1, 0]);
    expect([...allocate(all, 630_000).values()]).toEqual([0, 5, 0]);
    expect([...allocate(all, 130_000).values()]).toEqual([0, 0, -1]);
  });
});

describe('a line over time', () => {
  /** Decides once a second; returns the level of each video after each decision. */
  function run(
    plan: LinePlan<number>,
    all: readonly Candidate<number>[],
    lines: readonly number[],
    from = 0,
  ) {
    return lines.map((line, second) => [...plan.decide(all, line, 1000 * (from + second)).values()]);
  }
  const times = (count: number, line: number) => Array.from({ length: count }, () => line);

  test('what does not fit gives way at once, and never takes more than a twentieth too much', () => {
    fc.assert(
      fc.property(candidates, fc.array(bitrate, { maxLength: 40 }), (all, lines) => {
        const plan = new LinePlan<number>();
        for (const [second, line] of lines.entries()) {
          const total = totalOf(all, plan.decide(all, line, 1000 * second));
          expect(total).toBeLessThanOrEqual(1.05 * line);
        }
      }),
    );
  });

  test('on a line that stays as it is nothing changes after a while', () => {
    fc.assert(
      fc.property(candidates, bitrate, bitrate, (all, before, line) => {
        const plan = new LinePlan<number>();
        run(plan, all, times(3, before));
        const levels = run(plan, all, times(30, line), 3);
        expect(new Set(levels.slice(8).map(String)).size).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('all comes back on a line that carries everything with some room to spare', () => {
    fc.assert(
      fc.property(candidates, fc.array(bitrate, { maxLength: 20 }), (all, lines) => {
        const plan = new LinePlan<number>();
        run(plan, all, lines);
        const full = all.map(({ tiers }) => tiers.length - 1);
        const enough = 1.2 * totalOf(all, new Map(full.entries()));
        expect(run(plan, all, times(70, enough), lines.length).at(-1) ?? []).toEqual(full);
      }),
    );
  });

  test('on a line that swings the pictures swing less and less often', () => {
    const plan = new LinePlan<number>();
    const all = cameras(3);
    const swinging = Array.from({ length: 600 }, (_, second) => (second % 8 < 5 ? 800_000 : 400_000));
    const levels = run(plan, all, swinging).map(String);
    const changes = (from: number, to: number) =>
      levels.slice(from, to).filter((each, index) => index > 0 && each !== levels[from + index - 1]).length;
    expect(changes(0, 60)).toBeGreaterThan(1);
    expect(changes(300, 600)).toBeLessThanOrEqual(12);
  });

  test('a smaller element is no shortage: nothing waits when it is large again', () => {
    const plan = new LinePlan<number>();
    const small = cameras(1).map((each) => ({ ...each, tiers: camera.slice(0, 3) }));
    expect(run(plan, cameras(1), [3_000_000])).toEqual([[8]]);
    expect(run(plan, small, [3_000_000], 1)).toEqual([[2]]);
    expect(run(plan, cameras(1), [3_000_000], 2)).toEqual([[8]]);
  });
});
