/** `npm test`: the set-up, types, lint and format, and the tests; with arguments, only the tests that they name. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findBrowser } from './setup/browser.js';
import { prepare } from './setup/prepare.js';
import { inProject, runScript } from './setup/project.js';

/** What is run, in order; each is a script that the chosen Node runs. */
const CHECKS = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', '.'],
  ['types of the client', 'node_modules/typescript/bin/tsc', '-p', 'src/client'],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'ci', '.'],
];

await runScript(async () => {
  const [only, ...args] = process.argv.slice(2);
  const node = await prepare();
  const run = async (/** @type {string[]} */ [title, ...command]) => {
    process.stdout.write(`\n— ${title}\n`);
    const child = spawn(node, command, { cwd: inProject(), stdio: 'inherit', env: { ...process.env, ...extra } });
    const [status] = await once(child, 'exit');
    return status ?? 1;
  };
  const extra = only === '--check' ? {} : { CHROMIUM_PATH: await findBrowser() };
  if (only === undefined || only === '--check') {
    for (const check of CHECKS) {
      const status = await run(check);
      if (status !== 0 || (check === CHECKS.at(-1) && only === '--check')) return status;
    }
  }
  const chosen = only === undefined ? [] : [only, ...args];
  return run(['tests', 'node_modules/vitest/vitest.mjs', 'run', ...chosen]);
});
