import { chmod, copyFile, link, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildWorker } from './build-worker.js';
import { checkWorker } from './check-worker.js';
import { downloadWorker } from './download-worker.js';
import { firstLine } from './node.js';
import { step } from './progress.js';
import { cacheFolder, inProject, SetupError } from './project.js';

/** Where mediasoup looks for its worker when nothing else is said. */
const PLACE = 'node_modules/mediasoup/worker/out/Release/mediasoup-worker';

/**
 * Sees to it that mediasoup has its worker: the one that `MEDIASOUP_WORKER_BIN` names, one had before, the official
 * release, or one built from the sources in the npm package.
 *
 * @param {string} node
 */
export async function provideWorker(node) {
  const { MEDIASOUP_WORKER_BIN } = process.env;
  if (MEDIASOUP_WORKER_BIN) {
    await checkWorker(node, MEDIASOUP_WORKER_BIN).catch((error) => {
      throw new SetupError(
        `MEDIASOUP_WORKER_BIN names "${MEDIASOUP_WORKER_BIN}", which does not answer: correct it or unset it. (${firstLine(error)})`,
      );
    });
    return;
  }
  const { version } = JSON.parse(await readFile(inProject('node_modules/mediasoup/package.json'), 'utf8'));
  const kept = join(cacheFolder(), `mediasoup-worker-${version}-${process.platform}-${process.arch}`);
  if (await isSame(kept, inProject(PLACE))) return;
  if (!(await answers(node, kept))) await obtain(node, version, kept);
  await put(kept, inProject(PLACE));
}

/**
 * @param {string} node
 * @param {string} version
 * @param {string} kept
 */
async function obtain(node, version, kept) {
  await mkdir(dirname(kept), { recursive: true });
  const half = await mkdtemp(join(dirname(kept), 'worker-half-'));
  const file = join(half, 'mediasoup-worker');
  try {
    const downloaded = await step('Downloading the media worker', () => downloadWorker(version, file));
    if (!downloaded || !(await answers(node, file))) {
      await buildWorker(inProject('node_modules/mediasoup'), file, version);
      await checkWorker(node, file);
    }
    await rename(file, kept);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

/**
 * @param {string} node
 * @param {string} file
 */
async function answers(node, file) {
  return checkWorker(node, file).then(
    () => true,
    () => false,
  );
}

/**
 * @param {string} kept
 * @param {string} place
 */
async function put(kept, place) {
  const half = `${place}.${process.pid}`;
  await mkdir(dirname(place), { recursive: true });
  await link(kept, half).catch(() => copyFile(kept, half)); // another file system has no links to this one
  await chmod(half, 0o755);
  await rename(half, place);
}

/**
 * @param {string} one
 * @param {string} other
 */
async function isSame(one, other) {
  const [first, second] = await Promise.all([one, other].map((file) => stat(file).catch(() => undefined)));
  return first !== undefined && second !== undefined && first.size === second.size;
}
