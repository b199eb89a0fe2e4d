// @ts-check
/** What is checked without running anything: types, lint and format. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from './project.js';
import { runTool } from './tools.js';

/** The folders with a `tsconfig.json` of their own; the tests of pages may come without one. */
const TYPED = ['.', 'src/client', 'tests/browser', 'scripts'];

/** What `npm run test:systems` checks: the packages that these tests name are there for them alone. */
const TYPED_SYSTEMS = 'tests/systems/packages';

/**
 * Checks the types of the tests that have packages of their own.
 *
 * @param {string} node the Node that runs the compiler
 * @returns {Promise<number>} its exit status
 */
export function checkSystems(node) {
  return runTool(node, 'typescript', 'tsc', ['-p', TYPED_SYSTEMS]);
}

/**
 * Checks the whole project but those, until something is wrong.
 *
 * @param {string} node the Node that runs the tools
 * @returns {Promise<number>} the exit status of what failed, or 0
 */
export async function runChecks(node) {
  for (const folder of TYPED.filter((folder) => existsSync(join(inProject(), folder, 'tsconfig.json')))) {
    const status = await runTool(node, 'typescript', 'tsc', ['-p', folder]);
    if (status !== 0) return status;
  }
  // In CI it would colour each letter of a log.
  return runTool(node, '@biomejs/biome', 'biome', ['ci', ...(process.stdout.isTTY ? [] : ['--colors=off'])]);
}
