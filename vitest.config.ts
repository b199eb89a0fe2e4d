import { defineConfig } from 'vitest/config';

/** Where `.ci/run` wants the counts. */
const report = process.env.VITEST_REPORT;

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
