// @ts-check
/** The STUN and TURN server that the tests ask. */
import { findCommand } from './commands.js';
import { installPackages, isDebian, isRoot } from './debian.js';
import { beginTask } from './progress.js';
import { SetupError } from './project.js';
import { run } from './run.js';

/**
 * Finds coturn, or installs Debian's as root, for the tests to run on loopback.
 *
 * @throws SetupError
 */
export async function ensureCoturn() {
  if (findCommand(['turnserver'])) return;
  if (isDebian() && isRoot()) await installCoturn();
  if (findCommand(['turnserver'])) return;
  throw new SetupError(
    'The tests need coturn: install it (on Debian "sudo apt-get install -y coturn", on macOS "brew install coturn"), then start again.',
  );
}

async function installCoturn() {
  const task = beginTask('coturn');
  task.step("installing Debian's package, for the tests");
  await withoutService(() => installPackages(['coturn']));
  if (findCommand(['turnserver'])) task.end();
  else task.abandon();
}

/**
 * Debian's package would start a server for all the world, now and with the machine.
 *
 * @param {() => Promise<unknown>} install
 */
async function withoutService(install) {
  const systemctl = findCommand(['systemctl']);
  if (systemctl) await run(systemctl, ['mask', 'coturn.service']);
  await install();
  if (!systemctl) return;
  await run(systemctl, ['unmask', 'coturn.service']);
  await run(systemctl, ['disable', 'coturn.service']);
}
