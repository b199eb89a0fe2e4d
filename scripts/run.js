#!/usr/bin/env node
// @ts-check
/**
 * `node scripts/run.js NAME ARGS`: sets up what a script in TypeScript needs, and runs it with the Node that the set-up
 * chose. The Node that runs this file may be too old for TypeScript.
 */
import { COMMANDS } from './commands.js';
import { runInForeground } from './setup/foreground.cjs';
import { setUpServer, setUpTests, setUpTools } from './setup/prepare.js';
import { inProject, runScript } from './setup/project.js';

const [name = '', ...args] = process.argv.slice(2);
const command = new Map(Object.entries(COMMANDS)).get(name);

if (command) {
  await runScript(command.usage, () => run(command));
} else {
  process.stderr.write(
    `Usage: node scripts/run.js NAME, which is one of ${Object.keys(COMMANDS).join(', ')}\n`,
  );
  process.exitCode = 2;
}

/** @param {import('./commands.js').Command} command */
async function run({ file, needs }) {
  const { node, env } = await setUp(needs);
  const script = inProject(`scripts/${file}`);
  return runInForeground(node, ['--disable-warning=ExperimentalWarning', script, ...args], { env });
}

/**
 * @param {import('./commands.js').Command['needs']} needs
 * @returns {Promise<{ node: string, env: NodeJS.ProcessEnv }>}
 */
async function setUp(needs) {
  if (needs === 'packages') return { ...(await setUpTools()), env: process.env };
  if (needs !== 'browsers')
    return { ...(await setUpServer({ bundle: needs === 'bundle' })), env: process.env };
  const { node, chromium, headlessShell = '' } = await setUpTests();
  return { node, env: { ...process.env, CHROMIUM_PATH: chromium, HEADLESS_SHELL_PATH: headlessShell } };
}
