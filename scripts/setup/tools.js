// @ts-check
/** Tools from `node_modules`, run by the Node that was chosen. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInForeground } from './foreground.cjs';
import { inProject } from './project.js';

/**
 * Runs a command of a package in the project's folder.
 *
 * @param {string} node
 * @param {string} name the package
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit status
 */
export async function runTool(node, name, command, args, env = process.env) {
  const folder = join(inProject(), 'node_modules', name);
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  return runInForeground(node, [join(folder, bin[command]), ...args], { cwd: inProject(), env });
}
