// @ts-check
/** A lock between set-ups that run at the same moment: a file with the holder's process id. */
import { rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './files.js';

/** The holder touches its lock this often. */
const TOUCH_MS = 2000;
/** After so long without, the holder is gone: its process id may be another's by now. */
const STALE_MS = 20_000;
const POLL_MS = 200;

/** @type {Set<string>} */
const held = new Set();

process.on('exit', () => {
  for (const file of held) rmSync(file, { force: true });
});

/**
 * Runs `work` while no other process holds the lock `file`. A lock whose holder is gone is taken over.
 *
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  while (!(await take(file))) {
    const holder = await readFile(file, 'utf8').catch(() => '');
    if (holder && !told) process.stdout.write(`Waiting for another set-up (process ${holder}).\n`);
    told ||= holder !== '';
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  held.add(file);
  const timer = setInterval(() => void touch(file), TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await rm(file, { force: true });
    held.delete(file);
  }
}

/** @param {string} file */
async function take(file) {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (await isStale(file)) await removeStale(file);
  return false;
}

/** @param {string} file */
async function isStale(file) {
  const [holder, stats] = await Promise.all([
    readFile(file, 'utf8').catch(() => ''),
    stat(file).catch(() => undefined),
  ]);
  if (!stats) return false;
  if (Date.now() - stats.mtimeMs > STALE_MS) return true;
  return holder !== '' && !isAlive(Number(holder));
}

/** Renamed first: of two that find it stale, one removes it, and the other has nothing to rename. @param {string} file */
async function removeStale(file) {
  const old = `${file}.${process.pid}`;
  await rename(file, old).catch(() => {});
  await rm(old, { force: true });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {string} file */
async function touch(file) {
  const now = new Date();
  await utimes(file, now, now).catch(() => {});
}
