import { run } from './run.js';

/**
 * Runs npm, under a Node of our choice where we know npm's own script: then it does not warn of packages that need a
 * newer one.
 *
 * @param {string} node
 * @param {string[]} args
 */
export function npm(node, args, options = {}) {
  const script = process.env.npm_execpath;
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  if (script?.endsWith('.js')) return run(node, [script, ...args, ...quiet], options);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [...args, ...quiet], options);
}
