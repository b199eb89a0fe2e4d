// @ts-check
/** The packages in `node_modules`, as the lock file wants them. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { adviceAfter, runNpm } from './npm.js';
import { beginTask } from './progress.js';
import { inProject, SetupError } from './project.js';

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * Installs the packages of `package-lock.json`, without their install scripts, unless they are there.
 *
 * @param {string} node the Node that runs npm
 * @param {string} [project]
 * @throws SetupError
 */
export async function ensureDependencies(node, project = inProject()) {
  if (await isInstalled(project)) return;
  await withLock(join(project, '.setup.lock'), async () => {
    if (!(await isInstalled(project))) await install(node, project);
  });
}

/**
 * Whether `node_modules` has what the lock file wants: npm writes what it installed into a file of its own, last.
 *
 * @param {string} [project]
 */
export async function isInstalled(project = inProject()) {
  const wanted = await readPackages(join(project, 'package-lock.json'));
  if (!wanted)
    throw new SetupError('package-lock.json cannot be read: get it back from git, then start again.');
  const installed = await readPackages(recordOf(project));
  return installed !== undefined && matches(wanted, installed);
}

/**
 * @param {Map<string, LockedPackage>} wanted
 * @param {Map<string, LockedPackage>} installed
 */
function matches(wanted, installed) {
  for (const [path, { version, integrity, ...rest }] of wanted) {
    const there = installed.get(path);
    if (!there && !isNeeded(rest)) continue;
    if (there?.version !== version || there?.integrity !== integrity) return false;
  }
  return [...installed.keys()].every((path) => wanted.has(path));
}

/** Optional packages are mostly builds for other machines. @param {LockedPackage} locked */
function isNeeded({ optional, os, cpu, libc }) {
  if (!optional) return true;
  return !libc && !!os?.includes(process.platform) && !!cpu?.includes(process.arch);
}

/** @param {string} node @param {string} project */
async function install(node, project) {
  const task = beginTask('Dependencies');
  task.step('installing the packages of package-lock.json');
  // An install that was interrupted has no record.
  await rm(recordOf(project), { force: true });
  // Development's too, whatever NODE_ENV says: the pages are built, and tests may be run.
  const result = await runNpm(node, ['ci', '--include=dev'], { log: 'dependencies', cwd: project });
  if (!result.ok || !(await isInstalled(project))) {
    task.abandon();
    throw new SetupError(`The packages could not be installed, as ${adviceAfter(result)}, then start again.`);
  }
  task.end();
}

/** @param {string} project */
function recordOf(project) {
  return join(project, 'node_modules', '.package-lock.json');
}

/**
 * @param {string} file
 * @returns {Promise<Map<string, LockedPackage> | undefined>} by their path, without the project itself
 */
async function readPackages(file) {
  try {
    const { packages } = JSON.parse(await readFile(file, 'utf8'));
    return new Map(Object.entries(packages).filter(([path]) => path !== ''));
  } catch {
    return undefined;
  }
}
