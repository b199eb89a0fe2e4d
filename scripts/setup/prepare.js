// @ts-check
/** All that a start needs, step by step. Each step looks first, and says nothing where nothing is to be done. */
import { ensureBrowser, ensureFirefox, ensureHeadlessShell } from './browser.js';
import { buildClient } from './client.js';
import { compressDist } from './compress.js';
import { ensureDependencies } from './dependencies.js';
import { ensureEnvFile } from './env-file.js';
import { ensureNode } from './node.js';
import { endOnSignals } from './run.js';
import { buildSdk } from './sdk.js';
import { buildServer } from './server.js';
import { ensureSystems } from './systems.js';
import { ensureWorker } from './worker.js';

/**
 * Sets up what the server needs. It ends the process when it is interrupted, and goes on at the next call.
 *
 * @param {{ bundle: boolean }} options whether the bundle of production is needed
 * @returns {Promise<{ node: string }>} the path of the Node to run the server with
 * @throws SetupError
 */
export function setUpServer({ bundle }) {
  return interruptible(async () => {
    const node = await setUpProject();
    if (bundle) await buildServer();
    if (await ensureEnvFile())
      process.stdout.write('Made .env from .env.example, with a random JWT_SECRET.\n');
    return { node };
  });
}

/**
 * Sets up what `npm test` needs, and `npm run test:systems` if `systems` says so.
 *
 * @param {{ systems?: boolean }} [options]
 * @returns {Promise<{ node: string, chromium: string, headlessShell?: string, firefox?: string }>}
 *   the paths of the Node and the browsers to test with
 * @throws SetupError
 */
export function setUpTests({ systems = false } = {}) {
  return interruptible(async () => {
    const node = await setUpProject();
    await buildServer();
    if (systems) await ensureSystems(node);
    const chromium = await ensureBrowser();
    const headlessShell = await ensureHeadlessShell();
    const firefox = systems ? await ensureFirefox() : undefined;
    return { node, chromium, ...(headlessShell && { headlessShell }), ...(firefox && { firefox }) };
  });
}

/**
 * Sets up what the tools of `node_modules` need.
 *
 * @returns {Promise<{ node: string }>} the path of the Node to run them with
 * @throws SetupError
 */
export function setUpTools() {
  return interruptible(async () => ({ node: await setUpPackages() }));
}

async function setUpPackages() {
  const node = await ensureNode();
  await ensureDependencies(node);
  return node;
}

async function setUpProject() {
  const node = await setUpPackages();
  await ensureWorker(node);
  await buildClient();
  await buildSdk();
  await compressDist();
  return node;
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function interruptible(work) {
  const restore = endOnSignals();
  try {
    return await work();
  } finally {
    restore();
  }
}
