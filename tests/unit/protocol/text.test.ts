/** Texts of clients that others are shown: metadata, chat, and ids that name something (PROTOCOL.md, T1, T3, M4). */
import { describe, expect, test } from 'vitest';
import { Metadata } from '../../../src/protocol/metadata.ts';
import { methods } from '../../../src/protocol/methods.ts';

const nested = (depth: number, leaf: unknown = 1) => {
  let value: unknown = leaf;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? { a: value } : [value];
  return { root: value };
};

describe('[T3] metadata', () => {
  test('may be any small JSON object', () => {
    const value = { name: 'Zoë 😀', list: [1, -0.5, null, true, { deep: [[]] }], '': {} };
    expect(Metadata.parse(value)).toEqual(value);
    expect(Metadata.safeParse({}).success).toBe(true);
    for (const other of [[], 'text', 1, null]) expect(Metadata.safeParse(other).success).toBe(false);
  });

  test('has at most 16 levels, however deep it is nested', () => {
    expect(Metadata.safeParse(nested(15)).success).toBe(true);
    expect(Metadata.safeParse(nested(16)).success).toBe(false);
    for (const depth of [5000, 100_000]) {
      const { error } = Metadata.safeParse(
        JSON.parse(JSON.stringify({ deep: '#' }).replace('"#"', deepJson(depth))),
      );
      expect(error?.issues[0]?.message).toContain('levels');
    }
  });

  test('has at most 4,096 bytes in UTF-8', () => {
    const empty = JSON.stringify({ a: '' }).length;
    expect(Metadata.safeParse({ a: 'x'.repeat(4096 - empty) }).success).toBe(true);
    expect(Metadata.safeParse({ a: 'x'.repeat(4097 - empty) }).success).toBe(false);
    expect(Metadata.safeParse({ a: '€'.repeat(1362) }).success).toBe(true);
    expect(Metadata.safeParse({ a: '€'.repeat(1363) }).success).toBe(false);
    expect(Metadata.safeParse({ a: '\0'.repeat(700) }).success, 'as it is escaped').toBe(false);
  });

  test('has well-formed texts and numbers', () => {
    for (const bad of [{ '\ud800': 1 }, { a: ['\udfff'] }, { a: JSON.parse('1e999') }]) {
      expect(Metadata.safeParse(bad).success).toBe(false);
    }
  });
});

test('[T1] chat is well-formed Unicode', () => {
  const passes = (text: string) => methods.chat.params.safeParse({ text }).success;
  expect(passes('hello\n\t😀')).toBe(true);
  expect(passes('a\ud83d')).toBe(false);
  expect(passes('\udc00\ud800')).toBe(false);
});

test('[M4] a name of something has at most 64 letters, digits, hyphens and underscores', () => {
  const passes = (id: unknown) => methods.closeProducer.params.safeParse({ id }).success;
  for (const good of ['9f3a3bbf-4d7b-4c9d-8d4a-b5b7b62ab0e2', 'none', 'a_1']) expect(passes(good)).toBe(true);
  for (const bad of ['', 'a b', 'a\n', '../x', 'é', 'x'.repeat(65), 1, null]) expect(passes(bad)).toBe(false);
  const ids = (count: number) => ({ ids: Array(count).fill('a') });
  expect(methods.resumeConsumers.params.safeParse(ids(1000)).success).toBe(true);
  expect(methods.resumeConsumers.params.safeParse(ids(1001)).success).toBe(false);
});

function deepJson(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}
