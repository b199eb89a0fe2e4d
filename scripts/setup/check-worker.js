import { pathToFileURL } from 'node:url';
import { access } from 'node:fs/promises';
import { inProject } from './project.js';
import { run } from './run.js';

/** A worker that has not answered by then does not work. */
const TIMEOUT_MS = 10_000;

/** Starts the worker that MEDIASOUP_WORKER_BIN names and asks it for a router. */
const QUESTION = `
  const { createWorker } = await import(process.argv[1]);
  const worker = await createWorker({ logLevel: 'none' });
  await worker.createRouter({ mediaCodecs: [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 }] });
  worker.close();
`;

/**
 * Rejects unless this file is a worker that starts and answers.
 *
 * @param {string} node
 * @param {string} file
 */
export async function checkWorker(node, file) {
  await access(file);
  const mediasoup = pathToFileURL(inProject('node_modules/mediasoup/node/lib/index.js')).href;
  await run(node, ['--input-type=module', '-e', QUESTION, mediasoup], {
    env: { ...process.env, MEDIASOUP_WORKER_BIN: file },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
}
