import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { step } from './progress.js';
import { SetupError } from './project.js';
import { run } from './run.js';

const SCRIPT = fileURLToPath(new URL('worker/build.sh', import.meta.url));

/** What the build needs of Debian. */
const PACKAGES = [
  'g++',
  'meson',
  'ninja-build',
  'pkg-config',
  'libuv1-dev',
  'libssl-dev',
  'libsrtp2-dev',
  'libabsl-dev',
  'libflatbuffers-dev',
  'flatbuffers-compiler',
];

/**
 * Builds the worker from the sources in mediasoup's npm package, with Debian's libraries.
 *
 * @param {string} mediasoup the package's folder
 * @param {string} file where the worker goes
 * @param {string} version
 */
export async function buildWorker(mediasoup, file, version) {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    throw new SetupError(
      `The media worker could not be downloaded, and can be built on Debian alone: name a mediasoup-worker ${version} in MEDIASOUP_WORKER_BIN.`,
    );
  }
  await installPackages();
  try {
    await step('Building the media worker, which takes some minutes once on a machine', (tell) =>
      run('bash', [SCRIPT, mediasoup, file], { onLine: (line) => tellPercent(line, tell) }),
    );
  } catch (error) {
    throw new SetupError(
      `The media worker could not be built: see why below, or name a mediasoup-worker ${version} in MEDIASOUP_WORKER_BIN.\n${error}`,
    );
  }
}

async function installPackages() {
  const missing = [];
  for (const name of PACKAGES) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new SetupError(`The media worker must be built, which needs packages: run "sudo ${command}" and start again.`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await step('Installing what the build of the media worker needs', async () => {
      await run('apt-get', ['update', '-q'], { env });
      await run('apt-get', command.split(' ').slice(1), { env });
    });
  } catch (error) {
    throw new SetupError(`The packages for the media worker could not be installed: run "${command}".\n${error}`);
  }
}

/** @param {string} name */
async function isInstalled(name) {
  return run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).then(
    (status) => status === 'installed',
    () => false,
  );
}

/**
 * Ninja writes `[63/261] Compiling …`; smaller builds before the worker's are not told.
 *
 * @param {string} line
 * @param {(percent: number) => void} tell
 */
function tellPercent(line, tell) {
  const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
  if (Number(all) > 100) tell((100 * Number(done)) / Number(all));
}
