/** `npm run setup`: all that a start needs, without the start; for a server that pm2 runs. */
import { prepare } from './setup/prepare.js';
import { runScript } from './setup/project.js';

await runScript(async () => {
  const node = await prepare();
  process.stdout.write(`Ready, with the Node at ${node}\n`);
});
