// @ts-check
/** The browsers that the tests drive. */
import { findCommand, isExecutable } from './commands.js';
import { installPackages, isDebian, isRoot, missingPackages } from './debian.js';
import { beginTask } from './progress.js';
import { SetupError } from './project.js';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
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
  const found = findBrowser() ?? (await installBrowser());
  if (found) return found;
  throw new SetupError(
    'The tests need Chromium or Chrome: install one (on Debian "sudo apt-get install -y chromium") or set CHROMIUM_PATH, then start again.',
  );
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
  if (isDebian() && isRoot()) {
    const missing = await missingPackages(findFirefox() ? ['iproute2'] : ['firefox-esr', 'iproute2']);
    if (missing.length > 0) {
      const task = beginTask('Firefox');
      task.step("installing Debian's packages, for the tests");
      await installPackages(missing);
      if (findFirefox()) task.end();
      else task.abandon();
    }
  }
  return findFirefox();
}

function findFirefox() {
  return findCommand(['firefox-esr', 'firefox']);
}

function findBrowser() {
  return findCommand(COMMANDS) ?? APPLICATIONS.find(isExecutable);
}

async function installBrowser() {
  if (!isDebian() || !isRoot()) return undefined;
  const task = beginTask('Chromium');
  task.step("installing Debian's package, for the tests");
  await installPackages(['chromium']);
  const found = findBrowser();
  if (found) task.end();
  else task.abandon();
  return found;
}
