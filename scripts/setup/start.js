// @ts-check
/** The part of `npm start` that ends: sets up what is missing, and writes the command of the server to its stream 3. */
import { writeFileSync } from 'node:fs';
import { isProduction, serverCommand } from './launch.js';
import { setUpServer } from './prepare.js';
import { runScript } from './project.js';

const USAGE = `Usage: npm start

Sets up what is missing, as "npm run setup" does, and runs the server until SIGINT or SIGTERM. Its configuration is in the
environment and in .env; .env.example describes each variable.
`;

await runScript(USAGE, async () => {
  await setUpServer({ bundle: isProduction() });
  writeFileSync(3, JSON.stringify(serverCommand()));
});
