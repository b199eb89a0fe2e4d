// @ts-check
/** The browsers that the tests drive. */
import { findCommand, isExecutable } from './commands.js';
import { installPackages, isDebian, isRoot, missingPackages } from './debian.js';
import { beginTask } from './progress.js';
import { SetupError } from './project.js';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const HEADLESS_SHELL = 'chromium-headless-shell';
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * Finds Chromium or Chrome, or installs Debian's Chromium as root.
 *
 * @returns {Promise<string>} its path
 * @throws SetupError
 */
export async function ensureBrowser() {
  const named = process.env.CHROMIUM_PATH;
  if (named && isExecutable(named)) return named;
  if (named)
    throw new SetupError(`CHROMIUM_PATH is "${named}", which is no program: correct it or unset it.`);
  if (!findBrowser()) await install('Chromium', ['chromium']);
  const found = findBrowser();
  if (found) return found;
  throw new SetupError(
    'The tests need Chromium or Chrome: install one (on Debian "sudo apt-get install -y chromium") or set CHROMIUM_PATH, then start again.',
  );
}

/**
 * Finds Chromium's headless shell, which takes half of the machine, or installs Debian's as root. Where `CHROMIUM_PATH` names a
 * browser, or this one cannot be had, all tests are done with the other.
 *
 * @returns {Promise<string | undefined>} its path
 */
export async function ensureHeadlessShell() {
  if (process.env.CHROMIUM_PATH) return undefined;
  if (!findCommand([HEADLESS_SHELL])) await install("Chromium's headless shell", [HEADLESS_SHELL]);
  return findCommand([HEADLESS_SHELL]);
}

/**
 * Finds Firefox, or installs Debian's as root with what the tests' network for it is made with. Tests that need it say so
 * where it cannot be had.
 *
 * @returns {Promise<string | undefined>} its path
 */
export async function ensureFirefox() {
  const named = process.env.FIREFOX_PATH;
  if (named) return named;
  await install('Firefox', findFirefox() ? ['iproute2'] : ['firefox-esr', 'iproute2']);
  return findFirefox();
}

function findFirefox() {
  return findCommand(['firefox-esr', 'firefox']);
}

function findBrowser() {
  return findCommand(COMMANDS) ?? APPLICATIONS.find(isExecutable);
}

/**
 * Installs those of Debian's packages that are missing, where that can be done.
 *
 * @param {string} what
 * @param {string[]} packages
 */
async function install(what, packages) {
  if (!isDebian() || !isRoot()) return;
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const task = beginTask(what);
  task.step("installing Debian's packages, for the tests");
  await installPackages(missing);
  if ((await missingPackages(missing)).length === 0) task.end();
  else task.abandon();
}
