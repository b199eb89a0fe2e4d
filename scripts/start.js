#!/usr/bin/env node
// @ts-check
/** `npm start`: sets up what is missing, then runs the server until it ends. */
import { runInForeground } from './setup/foreground.js';
import { setUpServer } from './setup/prepare.js';
import { inProject, runScript } from './setup/project.js';

const USAGE = `Usage: npm start

Sets up what is missing, as "npm run setup" does, and runs the server until SIGINT or SIGTERM. Its configuration is in the
environment and in .env; .env.example describes each variable.
`;

await runScript(USAGE, async () => {
  const { node } = await setUpServer();
  const args = ['--disable-warning=ExperimentalWarning', inProject('src/main.ts'), ...process.argv.slice(2)];
  return runInForeground(node, args, { cwd: inProject() });
});
