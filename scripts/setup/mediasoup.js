// @ts-check
/** mediasoup as it is installed: its version, and where its worker belongs. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inProject } from './project.js';

/**
 * @typedef {object} Mediasoup
 * @property {string} folder
 * @property {string} version
 * @property {string} main the file that `import 'mediasoup'` loads
 * @property {string} worker the file that mediasoup starts by itself
 * @property {string} releases the address that its releases are under
 */

/**
 * Reads mediasoup's package. It says of itself where its releases are.
 *
 * @param {string} [project]
 * @param {NodeJS.ProcessEnv} [env] `MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL` is mediasoup's own variable
 * @returns {Promise<Mediasoup>}
 */
export async function readMediasoup(project = inProject(), env = process.env) {
  const main = createRequire(join(project, 'package.json')).resolve('mediasoup');
  const folder = dirname(dirname(dirname(main)));
  const { version, repository } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const page = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return {
    folder,
    version,
    main,
    worker: join(folder, 'worker', 'out', 'Release', 'mediasoup-worker'),
    releases: env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL || `${page}/releases/download`,
  };
}
