import { describe, expect, test } from 'vitest';
import { nextItem } from '../../../../src/client/pages/room/menu-keys.ts';

const LABELS = ['Devices', 'Éteindre', 'Lock', 'Lower'];

describe('a key in a menu', () => {
  test.each([
    ['ArrowDown', -1, 0],
    ['ArrowDown', 0, 1],
    ['ArrowDown', 3, 0],
    ['ArrowUp', -1, 3],
    ['ArrowUp', 0, 3],
    ['ArrowUp', 2, 1],
    ['Home', 3, 0],
    ['End', 0, 3],
    ['l', 0, 2],
    ['l', 2, 3],
    ['L', 3, 2],
    ['l', -1, 2],
    ['d', 0, 0],
    ['é', 0, 1],
    ['x', 0, undefined],
    [' ', 0, undefined],
    ['Enter', 0, undefined],
    ['PageDown', 0, undefined],
  ] as const)('%s at %i leads to %s', (key, now, next) => expect(nextItem(LABELS, now, key)).toBe(next));

  test('leads nowhere where there are no items', () => {
    for (const key of ['ArrowDown', 'ArrowUp', 'Home', 'End', 'a'])
      expect(nextItem([], -1, key)).toBeUndefined();
  });
});
