// @ts-check
/**
 * The command that a script exists to run: it has our terminal, our signals and our exit status. CommonJS, as its loader takes
 * less memory than the other: `npm start` stays beside the server.
 */
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

/** How often we look whether the npm that runs us is still there. */
const PARENT_MS = 500;
/** A Ctrl-C reaches us twice: from the terminal, and from the npm above us, which forwards its own. */
const SAME_SIGNAL_MS = 500;

/**
 * Runs a command with our terminal and gets each signal to it once.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onAnswer?: (answer: string) => void }} [options] `onAnswer` gets what
 *   it writes to its stream 3, before it ends
 * @returns {Promise<number>} its exit status; 128 and the signal's number where a signal ended it
 */
async function runInForeground(command, args, { cwd, env, onAnswer } = {}) {
  // A group of its own, or a terminal's Ctrl-C would reach it beside what we forward, and its children directly.
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', ...(onAnswer ? [/** @type {const} */ ('pipe')] : [])],
  });
  const answer = onAnswer && collect(/** @type {import('node:stream').Readable} */ (child.stdio[3]));
  const stopForwarding = forwardSignals(child);
  try {
    const status = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
    if (answer) onAnswer(await answer);
    return status;
  } finally {
    stopForwarding();
  }
}

/** @param {import('node:stream').Readable} stream @returns {Promise<string>} */
function collect(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return new Promise((resolve) => {
    stream.once('close', () => resolve(text));
  });
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
    // The second of two Ctrl-C may come after the end that the first one led to: it must not change our exit status.
    if (last === -Infinity) for (const remove of listeners) remove();
  };
}

module.exports = { runInForeground };
