// @ts-check
/** The npm that belongs to the machine's Node. */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { findCommand } from './commands.js';
import { SetupError } from './project.js';
import { run } from './run.js';

/** Nothing of a dependency runs while it is installed, and nothing is asked or told that nobody reads. */
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** npm's codes for a registry that it does not reach. */
const UNREACHED = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ERR_SOCKET_TIMEOUT',
]);

/**
 * Runs npm without install scripts.
 *
 * @param {string} node the Node that runs it: under the chosen one, npm does not warn of packages that ask for it
 * @param {string[]} args
 * @param {import('./run.js').RunOptions} options
 */
export async function runNpm(node, args, options) {
  const cli = npmCli();
  const [command, ...before] = cli.endsWith('.js') ? [node, cli] : [cli];
  return run(command ?? node, [...before, ...args, ...QUIET], options);
}

/**
 * What to do after npm failed: the middle of a sentence.
 *
 * @param {import('./run.js').Result} result
 */
export function adviceAfter({ output, log }) {
  const code = /^npm error code (\w+)/m.exec(output)?.[1] ?? 'an error';
  const advice = UNREACHED.has(code) ? 'see that npm reaches its registry' : 'see there what is wrong';
  return `npm tells ${code} (details: ${log}): ${advice}`;
}

/** The script of npm that runs us, or the one on the PATH. */
function npmCli() {
  const running = process.env.npm_execpath;
  if (running && basename(running) === 'npm-cli.js') return running;
  const npm = findCommand(['npm']);
  if (!npm) throw new SetupError('npm is not on the PATH: install it beside Node, then start again.');
  const script = realpathSync(npm);
  return script.endsWith('npm-cli.js') ? script : npm;
}
