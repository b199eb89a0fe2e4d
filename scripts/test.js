#!/usr/bin/env node
// @ts-check
/**
 * `npm test`: sets up what is missing and a browser, checks types, lint and format, and runs all tests.
 * `npm test -- ARGS`: runs Vitest alone, with these arguments.
 * `npm run check`: checks types, lint and format alone.
 */
import { runChecks } from './setup/checks.js';
import { setUpTests, setUpTools } from './setup/prepare.js';
import { runScript } from './setup/project.js';
import { runTool } from './setup/tools.js';

const args = process.argv.slice(2);

await runScript(() => (args[0] === '--check' ? check() : test()));

async function check() {
  const { node } = await setUpTools();
  return runChecks(node);
}

async function test() {
  const { node, chromium, headlessShell = '', firefox = '' } = await setUpTests();
  const status = args.length === 0 ? await runChecks(node) : 0;
  if (status !== 0) return status;
  const env = {
    ...process.env,
    CHROMIUM_PATH: chromium,
    HEADLESS_SHELL_PATH: headlessShell,
    FIREFOX_PATH: firefox,
  };
  return runTool(node, 'vitest', 'vitest', ['run', ...args], env);
}
