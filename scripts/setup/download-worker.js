import { chmod, rm, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { run } from './run.js';

/** Where the official releases are; the variable is mediasoup's own. */
const RELEASES =
  process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL ?? 'https://github.com/versatica/mediasoup/releases/download';

/** By then a server that can be reached has begun to answer. */
const REACHED_MS = 5000;
/** A download that brings nothing for so long has stalled. */
const STALLED_MS = 10_000;

/**
 * Downloads the official worker of this version to a file; false if it cannot be had.
 *
 * @param {string} version
 * @param {string} file
 * @returns {Promise<boolean>}
 */
export async function downloadWorker(version, file, releases = RELEASES, { reachedMs = REACHED_MS, stalledMs = STALLED_MS } = {}) {
  const archive = `${file}.tgz`;
  try {
    await writeFile(archive, await download(`${releases}/${version}/${archiveName(version)}`, reachedMs, stalledMs));
    await run('tar', ['-xzf', archive, '-C', dirname(file), 'mediasoup-worker']);
    await chmod(file, 0o755);
    return true;
  } catch {
    return false;
  } finally {
    await rm(archive, { force: true });
  }
}

/** On Linux mediasoup has a worker for each major version of the kernel; the newest that it knows is 6. */
function archiveName(/** @type {string} */ version) {
  const kernel = process.platform === 'linux' ? `-kernel${Math.min(6, Number.parseInt(release(), 10))}` : '';
  return `mediasoup-worker-${version}-${process.platform}-${process.arch}${kernel}.tgz`;
}

/**
 * @param {string} url
 * @param {number} reachedMs
 * @param {number} stalledMs
 */
async function download(url, reachedMs, stalledMs) {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(), reachedMs);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
    const pieces = [];
    for await (const piece of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), stalledMs);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } finally {
    clearTimeout(timer);
  }
}
