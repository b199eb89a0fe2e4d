#!/usr/bin/env node
// @ts-check
/** Builds what browsers load from `src/client` into `dist`. Each set-up does it too. */
import { buildClient } from './setup/client.js';
import { runScript } from './setup/project.js';

await runScript(() => buildClient());
