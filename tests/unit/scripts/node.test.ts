import { expect, test } from 'vitest';
import { load } from '../../support/scripts.ts';

const { chosenNode, isNewEnough } = await load('chosen-node');
const { ensureNode } = await load('node');
const { cacheFolder } = await load('project');

test.for([
  ['20.20.2', false],
  ['22.20.1', false],
  ['22.21.0', true],
  ['22.22.0', true],
  ['23.11.1', false],
  ['24.8.0', false],
  ['24.9.0', true],
  ['25.0.0', true],
] as const)('Node %s runs the server: %s', ([version, expected]) => {
  expect(isNewEnough(version)).toBe(expected);
});

test('this Node is new enough, and is taken as it is', async () => {
  expect(chosenNode()).toBe(process.execPath);
  expect(await ensureNode()).toBe(process.execPath);
});

test('the cache follows XDG_CACHE_HOME, where it is an absolute path', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/var/a cache' })).toBe('/var/a cache/aq-server');
  expect(cacheFolder({ XDG_CACHE_HOME: 'here' })).toBe(cacheFolder({}));
});
