import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { npm } from './npm.js';
import { step } from './progress.js';
import { inProject, SetupError } from './project.js';

/** Says which lock file `node_modules` was made from; written when all of it is there. */
const STAMP = 'node_modules/.installed-from';

/**
 * Installs what the lock file names, with install scripts off, unless it is there.
 *
 * @param {string} node
 */
export async function installDependencies(node) {
  const wanted = createHash('sha256').update(await readFile(inProject('package-lock.json'))).digest('hex');
  const stamp = await readFile(inProject(STAMP), 'utf8').catch(() => '');
  if (stamp === wanted) return;
  try {
    await step('Installing dependencies', () =>
      npm(node, ['ci', '--ignore-scripts', '--include=dev'], { cwd: inProject() }),
    );
  } catch (error) {
    throw new SetupError(`npm could not install the dependencies: see what it says, and start again.\n${error}`);
  }
  await writeFile(inProject(STAMP), wanted);
}
