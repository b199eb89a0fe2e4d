import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProject, run, temporaryFolder } from '../../support/scripts.ts';

/** Runs `.ci/run` in a project whose `npm test` and `npm run test:systems` are these scripts. */
async function ciRun(test: string, systems = report(3, 0)) {
  const project = await temporaryFolder();
  await mkdir(join(project, '.ci'));
  await copyFile(inProject('.ci/run'), join(project, '.ci/run'));
  await writeFile(join(project, 'test.cjs'), test);
  await writeFile(join(project, 'systems.cjs'), systems);
  const scripts = { test: 'node test.cjs', 'test:systems': 'node systems.cjs' };
  await writeFile(join(project, 'package.json'), JSON.stringify({ scripts }));
  const env = { CI: 'true', HOME: project };
  const { status, stdout } = await run('bash', [join(project, '.ci/run')], { cwd: '/', env });
  return { status, last: stdout.trimEnd().split('\n').at(-1) };
}

function report(passed: number, failed: number): string {
  return `require('node:fs').writeFileSync(process.env.VITEST_REPORT, JSON.stringify({
    numPassedTests: ${passed}, numFailedTests: ${failed} }));`;
}

test.for([
  { what: 'all passed', test: report(12, 0), status: 0, last: '15 passed, 0 failed' },
  {
    what: 'some failed',
    test: `${report(10, 2)} process.exit(1)`,
    status: 1,
    last: '13 passed, 2 failed',
  },
  {
    what: 'some of both failed',
    test: `${report(10, 2)} process.exit(1)`,
    systems: `${report(1, 2)} process.exit(1)`,
    status: 1,
    last: '11 passed, 4 failed',
  },
  {
    what: 'what failed before the tests counts as one',
    test: 'process.exit(2)',
    status: 1,
    last: '3 passed, 1 failed',
  },
  {
    what: 'what failed before the other tests too',
    test: report(12, 0),
    systems: 'process.exit(2)',
    status: 1,
    last: '12 passed, 1 failed',
  },
  {
    what: 'an error outside of every test counts as one',
    test: `${report(10, 0)} process.exit(1)`,
    status: 1,
    last: '13 passed, 1 failed',
  },
  { what: 'nothing that ran is no success', test: report(0, 0), status: 1, last: '3 passed, 0 failed' },
  {
    what: 'no other tests that ran is none either',
    test: report(12, 0),
    systems: report(0, 0),
    status: 1,
    last: '12 passed, 0 failed',
  },
])('$what', async ({ test: script, systems, status, last }) => {
  expect(await ciRun(script, systems)).toEqual({ status, last });
});
