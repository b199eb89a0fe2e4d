// @ts-check
/** What `npm run test:systems` needs besides: servers of Debian, which it starts on loopback, and packages that others build with. */
import { rm, writeFile } from 'node:fs/promises';
import { findCommand } from './commands.js';
import { installCommand, installPackages, isDebian, isRoot } from './debian.js';
import { ensureDependencies } from './dependencies.js';
import { beginTask } from './progress.js';
import { inProject, SetupError } from './project.js';

/** By the name of its package: the command that a test runs. */
const SERVERS = { coturn: 'turnserver', nginx: 'nginx', pebble: 'pebble' };

/** Debian's packages start their servers unless this program says 101 (invoke-rc.d). */
const POLICY = '/usr/sbin/policy-rc.d';

/** The folder of the tests with packages of their own. */
const PACKAGES = 'tests/systems/packages';

/**
 * Installs what is missing: the packages into the folder of their tests, the servers as root.
 *
 * @param {string} node the Node that runs npm
 * @throws SetupError
 */
export async function ensureSystems(node) {
  await ensureDependencies(node, inProject(PACKAGES));
  await ensureServers();
}

async function ensureServers() {
  const missing = missingServers();
  if (missing.length === 0) return;
  if (isDebian() && isRoot()) await install(missing);
  const left = missingServers();
  if (left.length === 0) return;
  throw new SetupError(
    `These tests need ${left.join(', ')}: install what is missing (on Debian "${installCommand(left)}"), then start again.`,
  );
}

function missingServers() {
  const path = `${process.env.PATH}:/usr/sbin`;
  return Object.entries(SERVERS).flatMap(([name, command]) => (findCommand([command], path) ? [] : [name]));
}

/** @param {string[]} packages */
async function install(packages) {
  const task = beginTask(packages.join(', '));
  task.step("installing Debian's packages, for the tests");
  await withoutStarting(() => installPackages(packages));
  if (missingServers().length === 0) task.end();
  else task.abandon();
}

/**
 * Debian's packages would start servers for all the world.
 *
 * @param {() => Promise<unknown>} install
 */
async function withoutStarting(install) {
  // A policy that is there already is that of the machine.
  const isOurs = await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  );
  try {
    await install();
  } finally {
    if (isOurs) await rm(POLICY, { force: true });
  }
}
