#!/usr/bin/env node
import { setUpServer } from './setup/prepare.js';
// @ts-check
/** `npm run setup`: sets up what is missing, for a server that something else starts. */
import { runScript } from './setup/project.js';

await runScript(async () => {
  await setUpServer();
  process.stdout.write('All is set up.\n');
});
