import { expect, test } from 'vitest';
import { CloseStack } from '../../../src/lib/close-stack.ts';

/** Steps that note when they begin and end. */
function createSteps(stack: CloseStack): { notes: string[]; add(name: string): void } {
  const notes: string[] = [];
  return {
    notes,
    add: (name) =>
      stack.defer(async () => {
        notes.push(`${name} begins`);
        await null;
        notes.push(`${name} ends`);
      }),
  };
}

test('steps run in reverse order, each after the one before has finished', async () => {
  const stack = new CloseStack();
  const { notes, add } = createSteps(stack);
  add('first');
  add('second');
  await stack.close();
  expect(notes).toEqual(['second begins', 'second ends', 'first begins', 'first ends']);
});

test('the first step begins at once, and sees that the stack is closing', () => {
  const stack = new CloseStack();
  let seen: boolean | undefined;
  stack.defer(() => {
    seen = stack.closing;
  });
  expect(stack.closing).toBe(false);
  void stack.close();
  expect(seen).toBe(true);
});

test('a second call waits for the first, and runs nothing again', async () => {
  const stack = new CloseStack();
  const { notes, add } = createSteps(stack);
  add('only');
  void stack.close();
  await stack.close();
  expect(notes).toEqual(['only begins', 'only ends']);
});

test('a step that fails does not stop the others, and is told in the end', async () => {
  const stack = new CloseStack();
  const { notes, add } = createSteps(stack);
  add('first');
  stack.defer(() => {
    throw new Error('no');
  });
  await expect(stack.close()).rejects.toThrow('no');
  expect(notes).toEqual(['first begins', 'first ends']);
});

test('several failures are told together', async () => {
  const stack = new CloseStack();
  for (const message of ['one', 'two']) stack.defer(() => Promise.reject(new Error(message)));
  const error = await stack.close().catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AggregateError);
  expect(error.errors.map(String)).toEqual(['Error: two', 'Error: one']);
});

test('nothing can be added while it closes', async () => {
  const stack = new CloseStack();
  await stack.close();
  expect(() => stack.defer(() => {})).toThrow('closing');
});
