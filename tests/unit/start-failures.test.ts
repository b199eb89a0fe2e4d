import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { describeStartFailure } from '../../src/start-failures.ts';

const config = loadConfig({ JWT_SECRET: 'tests-4Qx7vW2nL9sK6pYdR3fHz8BcJ5mGtUeA1' });

test.each([
  new TypeError('x is not a function'),
  new Error('anything'),
  'a text',
  undefined,
])('%s is a fault of the server, which needs its stack', (error) => {
  expect(describeStartFailure(error, { config, dataDir: '/data' })).toBeUndefined();
});

test('too few files are noticed wherever they are missing', () => {
  const deep = new Error('a', {
    cause: new Error('b', { cause: Object.assign(new Error('c'), { code: 'EMFILE' }) }),
  });
  expect(describeStartFailure(deep, { config, dataDir: '/data' })).toContain('too few files');
});
