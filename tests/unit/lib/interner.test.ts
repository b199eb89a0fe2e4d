import { expect, test } from 'vitest';
import { Interner } from '../../../src/lib/interner.ts';

test('equal objects are one', () => {
  const interner = new Interner<object>(2);
  const [first, second] = [{ a: [1] }, { a: [1] }];
  expect(interner.of(first)).toBe(first);
  expect(interner.of(second)).toBe(first);
  expect(interner.of({ a: [2] })).not.toBe(first);
});

test('it begins anew when it is full', () => {
  const interner = new Interner<object>(2);
  const [first, again] = [{ a: 1 }, { a: 1 }];
  for (const value of [first, { a: 2 }, { a: 3 }]) interner.of(value);
  expect(interner.of(again)).toBe(again);
});
