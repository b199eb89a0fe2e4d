#!/usr/bin/env node
// @ts-check
/** `npm run load`: runs `scripts/load/main.ts` with a Node that reads TypeScript. */
import { runInForeground } from './setup/foreground.js';
import { setUpTools } from './setup/prepare.js';
import { inProject, runScript } from './setup/project.js';

await runScript(async () => {
  const { node } = await setUpTools();
  return runInForeground(node, [inProject('scripts/load/main.ts'), ...process.argv.slice(2)]);
});
