#!/usr/bin/env node
// @ts-check
/** `npm start`: sets up what is missing, then runs the server until it ends. */
import { runInForeground } from './setup/foreground.js';
import { setUpServer } from './setup/prepare.js';
import { inProject, runScript } from './setup/project.js';

await runScript(async () => {
  const { node } = await setUpServer();
  const args = ['--disable-warning=ExperimentalWarning', inProject('src/main.ts'), ...process.argv.slice(2)];
  return runInForeground(node, args, { cwd: inProject() });
});
