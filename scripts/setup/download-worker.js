// @ts-check
/** The official worker, from mediasoup's releases. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { release } from 'node:os';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { isExecutable } from './commands.js';
import { exists } from './files.js';
import { MACHINE } from './project.js';

/** So long the release may take to answer, in milliseconds. */
const ANSWER_MS = 5000;
/** So long a download may stand still, in milliseconds. */
const STALL_MS = 10_000;
/** A worker has 15 MB; what is much larger is none. */
const MAX_BYTES = 200e6;
/** Linux workers are named after the kernel that they were built on; the newest name that there is runs on later ones. */
const NEWEST_KERNEL = 6;

/** What says why there is no worker from there. It is no failure of the set-up, as there are other ways. */
export class ReleaseError extends Error {}

/**
 * @typedef {object} DownloadOptions
 * @property {import('./mediasoup.js').Mediasoup} mediasoup
 * @property {string} folder an empty folder, for the download
 * @property {(percent: number) => void} [onPercent]
 * @property {number} [answerMs]
 * @property {number} [stallMs]
 */

/**
 * Downloads the worker of this machine.
 *
 * @param {DownloadOptions} options
 * @returns {Promise<string>} the file of the worker, in `folder`
 * @throws ReleaseError
 */
export async function downloadWorker(options) {
  const { mediasoup, folder } = options;
  const archive = join(folder, 'worker.tgz');
  await mkdir(folder, { recursive: true });
  const response = await findRelease(options);
  await save(response, archive, options);
  const file = join(folder, basename(mediasoup.worker));
  await extract(archive, file, mediasoup);
  await rm(archive);
  return file;
}

/**
 * The names that this machine's worker may have, the best first.
 *
 * @param {string} version
 * @param {string} [kernel] as `6.1.0`
 */
export function releaseNames(version, kernel = release()) {
  const name = `mediasoup-worker-${version}-${MACHINE}`;
  if (process.platform !== 'linux') return [`${name}.tgz`];
  const major = Number.parseInt(kernel, 10);
  const kernels = major > NEWEST_KERNEL ? [major, NEWEST_KERNEL] : [major];
  return kernels.map((number) => `${name}-kernel${number}.tgz`);
}

/** @param {DownloadOptions} options */
async function findRelease({ mediasoup, answerMs = ANSWER_MS }) {
  const deadline = performance.now() + answerMs;
  for (const name of releaseNames(mediasoup.version)) {
    const response = await ask(
      `${mediasoup.releases}/${mediasoup.version}/${name}`,
      deadline - performance.now(),
    );
    if (response.ok && response.body) return response;
    await response.body?.cancel();
    if (response.status !== 404) throw new ReleaseError(`its release page answers ${response.status}`);
  }
  throw new ReleaseError('there is no release for this machine');
}

/** @param {string} url @param {number} timeoutMs */
async function ask(url, timeoutMs) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.max(0, timeoutMs));
  try {
    return await fetch(url, { signal: controller.signal });
  } catch {
    throw new ReleaseError('its release page cannot be reached');
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response @param {string} file @param {DownloadOptions} options */
async function save(response, file, { onPercent, stallMs = STALL_MS }) {
  if (!response.body) throw new ReleaseError('the download is empty');
  const total = Number(response.headers.get('content-length'));
  let received = 0;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), stallMs);
  const count = new Transform({
    transform(chunk, _encoding, callback) {
      timer.refresh();
      received += chunk.length;
      if (total > 0) onPercent?.((100 * received) / total);
      callback(received > MAX_BYTES ? new Error('too large') : null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), count, createWriteStream(file), {
      signal: controller.signal,
    });
  } catch {
    throw new ReleaseError('the download broke off');
  } finally {
    clearTimeout(timer);
  }
  if (total > 0 && received !== total) throw new ReleaseError('the download broke off');
}

/** @param {string} archive @param {string} file @param {import('./mediasoup.js').Mediasoup} mediasoup */
async function extract(archive, file, mediasoup) {
  const name = basename(file);
  const tar = await loadTar(mediasoup);
  try {
    await tar.extract({
      file: archive,
      cwd: join(file, '..'),
      strict: true,
      preserveOwner: false,
      filter: (path, entry) => path.replace(/^\.\//, '') === name && 'type' in entry && entry.type === 'File',
    });
  } catch {
    throw new ReleaseError('the download is no archive');
  }
  if (!(await exists(file))) throw new ReleaseError(`the download has no ${name}`);
  if (!isExecutable(file)) throw new ReleaseError(`the ${name} of the download is no program`);
}

/** @param {import('./mediasoup.js').Mediasoup} mediasoup @returns {Promise<typeof import('tar')>} */
async function loadTar(mediasoup) {
  return import(pathToFileURL(createRequire(mediasoup.main).resolve('tar')).href);
}
