#!/usr/bin/env node
// @ts-check
/** `npm run watch-calls`: runs `scripts/watch-calls.ts` with a Node that reads TypeScript. */
import { runInForeground } from './setup/foreground.js';
import { setUpTools } from './setup/prepare.js';
import { inProject, runScript } from './setup/project.js';

await runScript(async () => {
  const { node } = await setUpTools();
  return runInForeground(node, [inProject('scripts/watch-calls.ts'), ...process.argv.slice(2)]);
});
