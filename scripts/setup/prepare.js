import { buildClient } from './client.js';
import { installDependencies } from './dependencies.js';
import { makeEnvFile } from './env-file.js';
import { withLock } from './lock.js';
import { chooseNode } from './node.js';
import { inProject } from './project.js';
import { provideWorker } from './worker.js';

/**
 * Everything that a start needs, done as far as it is not done yet: a Node, the dependencies, mediasoup's worker, the
 * browser's scripts, `.env`. What was interrupted goes on here.
 *
 * @returns {Promise<string>} the path of the Node that runs the server
 */
export function prepare() {
  return withLock(inProject('.setup.lock'), async () => {
    const node = await chooseNode();
    await installDependencies(node);
    await provideWorker(node);
    await buildClient();
    await makeEnvFile();
    return node;
  });
}
