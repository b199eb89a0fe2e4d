/** `npm start`: the set-up as far as it is needed, then the server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { prepare } from './setup/prepare.js';
import { inProject, runScript } from './setup/project.js';

/** npm passes on the signal that its terminal gives us too: one within this time is the same one. */
const SAME_SIGNAL_MS = 300;

await runScript(async () => {
  const node = await prepare();
  // A process group of its own, so that it gets each signal once, and from us.
  const server = spawn(node, [inProject('src/main.ts')], { stdio: 'inherit', detached: true });
  let last = -SAME_SIGNAL_MS;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - last >= SAME_SIGNAL_MS) server.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
      last = now;
    });
  }
  const [status] = await once(server, 'exit');
  return status ?? 1;
});
