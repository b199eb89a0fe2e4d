// @ts-check
/** Whether a file is a worker that runs on this machine. */
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

/** A worker answers within a quarter of a second; a busy machine may take longer. */
const TIMEOUT_MS = 15_000;
const PROBE = fileURLToPath(new URL('probe-worker.js', import.meta.url));

/**
 * Starts a worker once, as the server does, and asks it for something.
 *
 * @param {string} file the worker
 * @param {{ node: string, mediasoup: import('./mediasoup.js').Mediasoup, timeoutMs?: number }} options
 * @returns {Promise<boolean>} whether it answered in time
 */
export async function answers(file, { node, mediasoup, timeoutMs = TIMEOUT_MS }) {
  const { ok } = await run(node, [PROBE, mediasoup.main, file], { timeoutMs });
  return ok;
}
