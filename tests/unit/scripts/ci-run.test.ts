import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProject, run, temporaryFolder } from './helpers.ts';

/** Runs `.ci/run` in a project whose `npm test` is this script. */
async function ciRun(script: string) {
  const project = await temporaryFolder();
  await mkdir(join(project, '.ci'));
  await copyFile(inProject('.ci/run'), join(project, '.ci/run'));
  await writeFile(join(project, 'test.cjs'), script);
  await writeFile(join(project, 'package.json'), JSON.stringify({ scripts: { test: 'node test.cjs' } }));
  const env = { CI: 'true', HOME: project };
  const { status, stdout } = await run('bash', [join(project, '.ci/run')], { cwd: '/', env });
  return { status, last: stdout.trimEnd().split('\n').at(-1) };
}

const report = (passed: number, failed: number) =>
  `require('node:fs').writeFileSync(process.env.VITEST_REPORT, JSON.stringify({
    numPassedTests: ${passed}, numFailedTests: ${failed} }));`;

test('all passed', async () => {
  expect(await ciRun(report(12, 0))).toEqual({ status: 0, last: '12 passed, 0 failed' });
});

test('some failed', async () => {
  expect(await ciRun(`${report(10, 2)} process.exit(1)`)).toEqual({ status: 1, last: '10 passed, 2 failed' });
});

test('what failed before the tests counts as one', async () => {
  expect(await ciRun('process.exit(2)')).toEqual({ status: 1, last: '0 passed, 1 failed' });
});

test('an error outside of every test counts as one', async () => {
  expect(await ciRun(`${report(10, 0)} process.exit(1)`)).toEqual({ status: 1, last: '10 passed, 1 failed' });
});

test('nothing that ran is no success', async () => {
  const { status, last } = await ciRun(report(0, 0));
  expect(status).not.toBe(0);
  expect(last).toBe('0 passed, 0 failed');
});

test('the arguments reach Vitest, which writes such a report', async () => {
  const file = join(await temporaryFolder(), 'report.json');
  const args = [inProject('node_modules/vitest/vitest.mjs'), 'run', 'tests/unit/scripts/node.test.ts'];
  const { status } = await run(process.execPath, args, { cwd: inProject(), env: { VITEST_REPORT: file } });
  expect(status).toBe(0);
  const { default: counts } = await import(file, { with: { type: 'json' } });
  expect(counts).toMatchObject({ numPassedTests: 8, numFailedTests: 0 });
});
