// @ts-check
/** Files that are there whole or not at all: made beside their place, then renamed. */
import { randomUUID } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What is in the making; a killed set-up leaves it, and the next one removes it. */
const PART = /\.part-[0-9a-f-]{36}$/;

/** @type {Set<string>} */
const parts = new Set();

process.on('exit', () => {
  for (const part of parts) rmSync(part, { recursive: true, force: true, maxRetries: 2 });
});

/**
 * Runs `make` with a path beside `place`, and moves what it made there. What was at `place` before is replaced.
 *
 * @param {string} place
 * @param {(part: string) => Promise<void>} make
 */
export async function publish(place, make) {
  await withPart(place, async (part) => {
    await make(part);
    const old = `${place}.part-${randomUUID()}`;
    // A folder cannot be renamed over another one.
    const replaced = (await isFolder(place)) && (await moved(place, old));
    await rename(part, place);
    if (replaced) await rm(old, { recursive: true, force: true });
  });
}

/**
 * Writes a file that another process may read at the same moment: it sees the old one or the new one.
 *
 * @param {string} file
 * @param {string | Uint8Array} content
 */
export async function writeWhole(file, content) {
  await publish(file, (part) => writeFile(part, content));
}

/**
 * Writes a file that is not there yet.
 *
 * @param {string} file
 * @param {string} content
 * @param {number} mode
 * @returns {Promise<boolean>} false where there is one, which stays as it is
 */
export async function writeNew(file, content, mode) {
  return withPart(file, async (part) => {
    await writeFile(part, content, { mode });
    try {
      await linkOrCopy(part, file);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  });
}

/**
 * Puts an executable in a second place: a hard link, or a copy where the file system has none.
 *
 * @param {string} from
 * @param {string} to
 */
export async function placeExecutable(from, to) {
  await publish(to, async (part) => {
    await linkOrCopy(from, part);
    await chmod(part, 0o755);
  });
}

/**
 * Removes what interrupted set-ups left in a folder. Only under a lock.
 *
 * @param {string} folder
 */
export async function sweep(folder) {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => PART.test(name))) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * The code of a system error, as `ENOENT`.
 *
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** @param {string} path */
export async function exists(path) {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * Whether a file is there and was written after all of these. Those that are not there count for nothing.
 *
 * @param {string} file
 * @param {string[]} sources
 */
export async function isNewer(file, sources) {
  const built = await stat(file).catch(() => undefined);
  if (!built) return false;
  const times = await Promise.all(sources.map((source) => stat(source).catch(() => undefined)));
  return times.every((source) => !source || source.mtimeMs < built.mtimeMs);
}

/**
 * @template T
 * @param {string} place
 * @param {(part: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function withPart(place, use) {
  await mkdir(dirname(place), { recursive: true });
  const part = join(dirname(place), `${basename(place)}.part-${randomUUID()}`);
  parts.add(part);
  try {
    return await use(part);
  } finally {
    await rm(part, { recursive: true, force: true });
    parts.delete(part);
  }
}

/** @param {string} from @param {string} to */
async function linkOrCopy(from, to) {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** @param {string} path */
async function isFolder(path) {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** @param {string} from @param {string} to */
async function moved(from, to) {
  await rename(from, to);
  return true;
}
