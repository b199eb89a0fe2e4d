import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { step } from './progress.js';
import { SetupError } from './project.js';
import { run } from './run.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MACOS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The path of a Chromium or a Chrome for the tests: `CHROMIUM_PATH`, one that is installed, or Debian's. */
export async function findBrowser() {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) {
    if (isExecutable(CHROMIUM_PATH)) return CHROMIUM_PATH;
    throw new SetupError(`CHROMIUM_PATH names "${CHROMIUM_PATH}", which cannot be run: correct it.`);
  }
  const installed = findInstalled();
  if (installed) return installed;
  if (process.platform === 'linux' && process.getuid?.() === 0) await installDebians();
  const debians = findInstalled();
  if (debians) return debians;
  throw new SetupError('The tests need Chromium or Chrome: install one, or name it in CHROMIUM_PATH.');
}

function findInstalled() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...candidates, ...MACOS].find(isExecutable);
}

async function installDebians() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await step('Installing Chromium for the tests', async () => {
      await run('apt-get', ['update', '-q'], { env });
      await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
    });
  } catch {
    // What is missing is said by the one who asked.
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
