import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Where `.ci/run` wants the counts. */
const report = process.env.VITEST_REPORT;
/** Most tests wait for the most part: there is time for more of them than there are cores. */
const waiting = availableParallelism() + 2;
/** What fills the machine, or waits for most of its time. */
const alone = 'tests/browser/{chaos,faults,fuzz}.test.ts';
/** What needs servers of Debian, or Firefox: `npm run test:systems`. */
const systems = ['tests/systems/**/*.test.ts', 'tests/browser/{firefox,turn}.test.ts'];
const browser = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 100_000, interval: 20 } },
};

export default defineConfig({
  test: {
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    // A machine at work takes its time. These end a test that would wait for ever, and measure nothing.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          // One process for many files, which loads each module once.
          isolate: false,
          restoreMocks: true,
          maxWorkers: waiting,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          maxWorkers: waiting,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...browser,
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          exclude: [alone, ...systems],
          maxWorkers: waiting,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...browser,
          name: 'alone',
          include: [alone],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...browser,
          name: 'systems',
          include: systems,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
