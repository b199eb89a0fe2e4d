// @ts-check
/** Commands that the set-up runs in the background: their output goes to a log, and they end with the set-up. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder } from './project.js';

/** How much of a command's output is kept for whoever looks into a failure. */
const KEPT_LINES = 200;

/**
 * @typedef {object} RunOptions
 * @property {string} [log] the name of its log, as `npm`
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMs] after which it is killed
 * @property {(line: string) => void} [onLine] is told each line of its output
 * @property {boolean} [uninterruptible] goes on to its end when the set-up is interrupted; needs a log, and its
 *   output is nowhere else
 */

/**
 * @typedef {object} Result
 * @property {boolean} ok whether it ended with status 0
 * @property {boolean} missing whether there is no such command
 * @property {string} output its last lines, of stdout and stderr
 * @property {string} log the file that has all its output, or nothing
 */

/** @type {Set<number>} */
const groups = new Set();

process.on('exit', () => {
  for (const group of groups) killGroup(group, 'SIGTERM');
});

/** Ends the process, and with it what it runs, on the signals that ask for it. Returns how to undo this. */
export function endOnSignals() {
  const signals = /** @type {const} */ ({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 });
  const listeners = Object.entries(signals).map(([signal, number]) => {
    const end = () => process.exit(128 + number);
    process.once(signal, end);
    return () => process.removeListener(signal, end);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}

/**
 * Runs a command to its end, without input. Never rejects for what the command does.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Result>}
 */
export async function run(command, args, options = {}) {
  const { cwd, env = process.env, timeoutMs, onLine, uninterruptible = false } = options;
  const log = options.log ? openLog(options.log) : undefined;
  // What outlives us must not write into a pipe that nobody reads.
  const output = uninterruptible && log ? log.descriptor : 'pipe';
  // A group of its own: a signal reaches the command and all that it started, once, and by our hand only.
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
  const group = child.pid;
  if (group && !uninterruptible) groups.add(group);
  const timer = timeoutMs && setTimeout(() => group && killGroup(group, 'SIGKILL'), timeoutMs);

  /** @type {string[]} */
  const lines = [];
  for (const input of [child.stdout, child.stderr]) {
    if (!input) continue;
    createInterface({ input }).on('line', (line) => {
      onLine?.(line);
      if (log) writeSync(log.descriptor, `${line}\n`);
      if (lines.push(line) > KEPT_LINES) lines.shift();
    });
  }
  const { status, missing } = await ended(child);
  if (timer) clearTimeout(timer);
  if (group) groups.delete(group);
  if (log) closeSync(log.descriptor);
  return { ok: status === 0, missing, output: lines.join('\n'), log: log?.file ?? '' };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ status: number | null, missing: boolean }>}
 */
function ended(child) {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ status: null, missing: true }));
    child.once('close', (status) => resolve({ status, missing: false }));
  });
}

/** @param {string} name */
function openLog(name) {
  const folder = join(cacheFolder(), 'logs');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.log`);
  return { file, descriptor: openSync(file, 'w') };
}

/** @param {number} group @param {NodeJS.Signals} signal */
function killGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended.
  }
}
