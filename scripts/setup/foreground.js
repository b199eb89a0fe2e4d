// @ts-check
/** The command that a script exists to run: it has our terminal, our signals and our exit status. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** How often we look whether the npm that runs us is still there. */
const PARENT_MS = 500;
/** A Ctrl-C reaches us twice: from the terminal, and from the npm above us, which forwards its own. */
const SAME_SIGNAL_MS = 500;

/**
 * Runs a command with our terminal and gets each signal to it once.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit status; 128 and the signal's number where a signal ended it
 */
export async function runInForeground(command, args, { cwd, env } = {}) {
  // A group of its own, or a terminal's Ctrl-C would reach it beside what we forward, and its children directly.
  const detached = process.platform !== 'win32';
  const child = spawn(command, args, { cwd, env, detached, stdio: 'inherit' });
  const stopForwarding = forwardSignals(child);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
  } finally {
    stopForwarding();
  }
}

const PARENT = process.ppid;

/** npm gives a signal of its own to its shell alone, which ends and leaves us behind. */
function isOrphan() {
  return process.env.npm_lifecycle_event !== undefined && process.ppid !== PARENT;
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  let last = -Infinity;
  const listeners = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']).map((signal) => {
    const forward = () => {
      if (performance.now() - last < SAME_SIGNAL_MS) return;
      last = performance.now();
      // A terminal that is gone asks for an end like any other.
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    };
    process.on(signal, forward);
    return () => process.removeListener(signal, forward);
  });
  const timer = setInterval(() => {
    if (!isOrphan()) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, PARENT_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    for (const remove of listeners) remove();
  };
}
