#!/usr/bin/env node
// @ts-check
/** `npm run setup`: sets up what is missing, for a server that something else starts. */
import { setUpServer } from './setup/prepare.js';
import { runScript } from './setup/project.js';

const USAGE = `Usage: npm run setup

Sets up what a server needs and does not have yet: a Node that is new enough, the packages, mediasoup's media worker, the
pages, the bundle of production, and a .env with a random JWT_SECRET. "npm start" does it too. MEDIASOUP_WORKER_BIN names a worker of your own.
`;

await runScript(USAGE, async () => {
  await setUpServer({ bundle: true });
  process.stdout.write('All is set up.\n');
});
