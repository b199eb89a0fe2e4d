// @ts-check
/** mediasoup's worker: the program that carries the media. */
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildWorker } from './build-worker.js';
import { answers } from './check-worker.js';
import { downloadWorker, ReleaseError } from './download-worker.js';
import { exists, placeExecutable, publish, sweep } from './files.js';
import { withLock } from './lock.js';
import { readMediasoup } from './mediasoup.js';
import { beginTask } from './progress.js';
import { cacheFolder, MACHINE, SetupError } from './project.js';

/**
 * @typedef {object} Context
 * @property {string} node the Node that runs the server
 * @property {import('./mediasoup.js').Mediasoup} mediasoup
 * @property {string} kept the worker in the user's cache
 */

/**
 * Sees to it that mediasoup finds a worker that runs: `MEDIASOUP_WORKER_BIN`, one had before, the official one, or one
 * that is built.
 *
 * @param {string} node the Node that runs the server
 * @throws SetupError
 */
export async function ensureWorker(node) {
  const mediasoup = await readMediasoup();
  const named = process.env.MEDIASOUP_WORKER_BIN;
  if (named) {
    await assertAnswers(named, { node, mediasoup });
    return;
  }
  if (await isPlaced(mediasoup.worker)) return;
  const folder = join(cacheFolder(), 'worker');
  const context = { node, mediasoup, kept: join(folder, `${mediasoup.version}-${MACHINE}`) };
  await withLock(join(cacheFolder(), 'setup.lock'), async () => {
    if (await isPlaced(mediasoup.worker)) return;
    await sweep(folder);
    await obtain(context);
    await place(context);
  });
}

/** @param {string} file @param {Pick<Context, 'node' | 'mediasoup'>} context */
async function assertAnswers(file, context) {
  if (await answers(file, context)) return;
  throw new SetupError(
    `MEDIASOUP_WORKER_BIN is "${file}", which does not answer as a worker: correct it or unset it.`,
  );
}

/** Gets a worker that answers into the cache. @param {Context} context */
async function obtain(context) {
  const { mediasoup, kept } = context;
  if ((await exists(kept)) && (await answers(kept, context))) return;
  // mediasoup's own install script may have been run by hand.
  if ((await exists(mediasoup.worker)) && (await keep(mediasoup.worker, context))) return;
  const task = beginTask("mediasoup's worker");
  try {
    const reason = await download(context, task);
    if (reason) await build(context, task, reason);
  } catch (error) {
    task.abandon();
    throw error;
  }
  task.end();
}

/** @param {Context} context @param {import('./progress.js').Task} task @returns {Promise<string>} why it failed, or '' */
async function download(context, task) {
  const { mediasoup, kept } = context;
  if (process.env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) return 'it is not to be downloaded';
  task.step(`downloading the release ${mediasoup.version}`);
  const folder = `${kept}.download`;
  try {
    await rm(folder, { recursive: true, force: true });
    const file = await downloadWorker({ mediasoup, folder, onPercent: task.percent });
    return (await keep(file, context)) ? '' : 'its release does not run on this machine';
  } catch (error) {
    if (error instanceof ReleaseError) return error.message;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {Context} context @param {import('./progress.js').Task} task @param {string} reason */
async function build(context, task, reason) {
  const { mediasoup, kept } = context;
  const folder = `${kept}.build`;
  // Interrupted, it is gone on with; failed, it begins anew.
  try {
    const file = await buildWorker({ mediasoup, folder, task, reason });
    if (await keep(file, context)) return;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw new SetupError(
    'The worker that was built does not answer: set MEDIASOUP_WORKER_BIN to one that you have.',
  );
}

/** Keeps a worker in the cache if it answers. @param {string} file @param {Context} context */
async function keep(file, context) {
  if (!(await answers(file, context))) return false;
  await mkdir(dirname(context.kept), { recursive: true });
  await publish(context.kept, (part) => cp(file, part));
  return true;
}

/** Puts the worker where mediasoup looks by itself. @param {Context} context */
async function place({ mediasoup, kept }) {
  await placeExecutable(kept, mediasoup.worker);
  await writeFile(markOf(mediasoup.worker), await describe(mediasoup.worker));
}

/** Whether mediasoup's worker is one that has answered, and no other since. @param {string} worker */
async function isPlaced(worker) {
  const mark = await readFile(markOf(worker), 'utf8').catch(() => undefined);
  return mark !== undefined && (await exists(worker)) && mark === (await describe(worker));
}

/** @param {string} worker */
async function describe(worker) {
  const { size, mtimeMs } = await stat(worker);
  return `${MACHINE} ${size} ${Math.floor(mtimeMs)}\n`;
}

/** @param {string} worker */
function markOf(worker) {
  return `${worker}.answered`;
}
