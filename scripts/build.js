#!/usr/bin/env node
// @ts-check
/** Builds what browsers load from `src/client` into `dist`, and the package of the SDK. Each set-up does it too. */
import { buildClient } from './setup/client.js';
import { compressDist } from './setup/compress.js';
import { runScript } from './setup/project.js';
import { buildSdk } from './setup/sdk.js';

const USAGE = `Usage: npm run build

Builds what browsers load into dist/, and the package of the SDK into dist/sdk-package. Every set-up does it too.
`;

await runScript(USAGE, async () => {
  await buildClient();
  await buildSdk();
  await compressDist();
});
