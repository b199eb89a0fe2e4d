#!/usr/bin/env node
// @ts-check
/** Builds what browsers load and the package of the SDK, and the server of production. The set-up does it too. */
import { buildClient } from './setup/client.js';
import { compressDist } from './setup/compress.js';
import { runScript } from './setup/project.js';
import { buildSdk } from './setup/sdk.js';
import { buildServer } from './setup/server.js';

const USAGE = `Usage: npm run build

Builds what browsers load into dist/, the package of the SDK into dist/sdk-package, and the server of production into
build/. Every set-up does it too.
`;

await runScript(USAGE, async () => {
  await buildClient();
  await buildSdk();
  await compressDist();
  await buildServer();
});
