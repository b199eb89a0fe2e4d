import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { load } from '../../support/scripts.ts';

const { beginTask } = await load('progress');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function output(terminal: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  return { ...terminal, written, write: (text: string) => written.push(text) };
}

test('without a terminal it writes whole lines: steps, each tenth of the work, and the end', () => {
  const to = output();
  const task = beginTask('Worker', to);
  task.step('downloading', '1/2');
  task.step('compiling', '2/2');
  for (let percent = 0; percent <= 30; percent += 1) {
    vi.advanceTimersByTime(500);
    task.percent(percent);
  }
  task.end();
  expect(to.written).toEqual([
    'Worker [1/2]: downloading\n',
    'Worker [2/2]: compiling\n',
    'Worker [2/2]: compiling 0 % (1 s)\n',
    'Worker [2/2]: compiling 10 % (6 s)\n',
    'Worker [2/2]: compiling 20 % (11 s)\n',
    'Worker [2/2]: compiling 30 % (16 s)\n',
    'Worker: ready after 16 s\n',
  ]);
});

test('without a terminal there are no control characters, and a long silence is broken', () => {
  const to = output();
  const task = beginTask('Packages', to);
  task.step('installing');
  vi.advanceTimersByTime(65_000);
  task.abandon();
  expect(to.written).toEqual([
    'Packages: installing\n',
    'Packages: installing (30 s)\n',
    'Packages: installing (60 s)\n',
  ]);
});

test('on a terminal it keeps to one line, as wide as there is room', () => {
  const to = output({ isTTY: true, columns: 20 });
  const task = beginTask('Worker', to);
  task.step('a step with a long description');
  vi.advanceTimersByTime(2000);
  task.percent(50);
  task.end();
  const clear = '\r\u001b[2K';
  expect(to.written.every((text) => text.startsWith(clear))).toBe(true);
  expect(
    to.written.slice(0, -1).every((text) => text.length < clear.length + 20 && !text.includes('\n')),
  ).toBe(true);
  expect(to.written.at(-1)).toBe(`${clear}Worker: ready after 2 s\n`);
});

test('nothing is written after the end', () => {
  const to = output();
  const task = beginTask('Worker', to);
  task.end('done');
  vi.advanceTimersByTime(100_000);
  expect(to.written).toEqual(['Worker: done after 0 s\n']);
  expect(vi.getTimerCount()).toBe(0);
});
