// @ts-check
/** Packages of Debian and its derivatives. */
import { findCommand } from './commands.js';
import { run } from './run.js';

/** Another apt may be at work: wait for it, in seconds. */
const LOCK_TIMEOUT = 'DPkg::Lock::Timeout=600';

/** Whether this machine has Debian's tools. */
export function isDebian() {
  return findCommand(['apt-get']) !== undefined && findCommand(['dpkg-query']) !== undefined;
}

export function isRoot() {
  return process.getuid?.() === 0;
}

/**
 * Those of these packages that are not installed.
 *
 * @param {string[]} packages
 * @returns {Promise<string[]>}
 */
export async function missingPackages(packages) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own variables
  const format = '${Package} ${db:Status-Status}\\n';
  const { output } = await run('dpkg-query', ['-W', '-f', format, ...packages]);
  const installed = new Set(output.split('\n').map((line) => line.trim()));
  return packages.filter((name) => !installed.has(`${name} installed`));
}

/**
 * Installs packages as root.
 *
 * @param {string[]} packages
 * @returns {Promise<import('./run.js').Result>}
 */
export async function installPackages(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q', '-o', 'Acquire::http::Timeout=20'], { log: 'apt-update', env });
  const args = ['install', '-q', '-y', '--no-install-recommends', '-o', LOCK_TIMEOUT, ...packages];
  // Half of an installation would have to be mended by hand.
  return run('apt-get', args, { log: 'apt', env, uninterruptible: true });
}

/**
 * What an ordinary user asks for.
 *
 * @param {string[]} packages
 */
export function installCommand(packages) {
  return `sudo apt-get install -y ${packages.join(' ')}`;
}
