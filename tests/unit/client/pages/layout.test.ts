import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrange, type Box } from '../../../../src/client/pages/room/layout.ts';

const stage = fc.record({
  width: fc.integer({ min: 340, max: 3840 }),
  height: fc.integer({ min: 220, max: 2160 }),
});
/** What is left on a phone, at least. */
const phone = stage.filter(({ width, height }) => width + height >= 800);
const count = fc.integer({ min: 1, max: 25 });

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function area(boxes: readonly Box[]): number {
  return boxes.reduce((sum, { width, height }) => sum + width * height, 0);
}

describe('the layout of the stage', () => {
  test('every tile is on the stage, and none covers another', () => {
    fc.assert(
      fc.property(count, fc.integer({ min: 0, max: 3 }), stage, (count, large, { width, height }) => {
        const boxes = arrange(count, Math.min(large, count), { width, height });
        expect(boxes).toHaveLength(count);
        for (const [index, box] of boxes.entries()) {
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.y).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(width);
          expect(box.y + box.height).toBeLessThanOrEqual(height);
          expect(boxes.slice(index + 1).some((other) => overlap(box, other))).toBe(false);
        }
      }),
    );
  });

  test('no tile of a grid is too small to be seen, from a phone up', () => {
    fc.assert(
      fc.property(count, phone, (count, size) => {
        for (const { width, height } of arrange(count, 0, size)) {
          expect(width).toBeGreaterThanOrEqual(48);
          expect(height).toBeGreaterThanOrEqual(48);
        }
      }),
    );
  });

  test('people in a grid are neither slim nor flat', () => {
    fc.assert(
      fc.property(count, stage, (count, size) => {
        for (const { width, height } of arrange(count, 0, size)) {
          expect(width / height).toBeGreaterThan(count === 1 ? 0.55 : 0.73);
          expect(width / height).toBeLessThan(1.8);
        }
      }),
    );
  });

  test('no other number of columns has larger tiles', () => {
    fc.assert(
      fc.property(count, stage, (count, { width, height }) => {
        const chosen = area(arrange(count, 0, { width, height }));
        for (let columns = 1; columns <= count; columns++) {
          const rows = Math.ceil(count / columns);
          const cell = {
            width: Math.floor((width - (columns - 1) * 8) / columns),
            height: Math.floor((height - (rows - 1) * 8) / rows),
          };
          const narrowest = height > width ? 3 / 4 : 1;
          const tile =
            Math.min(cell.width, (cell.height * 16) / 9) * Math.min(cell.height, cell.width / narrowest);
          expect(chosen).toBeGreaterThanOrEqual(count * (tile - cell.width - cell.height));
        }
      }),
    );
  });

  test('a wide stage has two people side by side, an upright one has them one above the other', () => {
    const [left, right] = arrange(2, 0, { width: 1280, height: 700 });
    expect(left?.y).toBe(right?.y);
    const [above, below] = arrange(2, 0, { width: 390, height: 740 });
    expect(above?.x).toBe(below?.x);
  });

  test('a last row that is not full is in the middle', () => {
    const boxes = arrange(5, 0, { width: 1280, height: 720 });
    const last = boxes.filter(({ y }) => y === boxes.at(-1)?.y);
    const [first] = last;
    const end = last.at(-1);
    if (!first || !end) throw new Error('there is a last row');
    expect(Math.abs(first.x - (1280 - end.x - end.width))).toBeLessThanOrEqual(1);
    expect(last).toHaveLength(2);
  });

  test('beside a screen nothing is left empty on the sides', () => {
    const [screen, person] = arrange(7, 1, { width: 1280, height: 680 });
    if (!screen || !person) throw new Error('there are both');
    expect(person.x).toBe(screen.width + 8);
    expect(person.x + person.width).toBe(1280);
  });

  test.each([
    ['wide', { width: 1280, height: 700 }],
    ['upright', { width: 390, height: 740 }],
    ['low', { width: 780, height: 300 }],
  ])('what is shown large has most of a %s stage', (_name, size) => {
    const [screen, ...people] = arrange(7, 1, size);
    if (!screen) throw new Error('there is a screen');
    expect(screen.width * screen.height).toBeGreaterThan(Math.max(...people.map((one) => area([one]))) * 3);
  });
});
