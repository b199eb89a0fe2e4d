/** `npm run drain`: takes the server of `DATA_DIR` out of service. `scripts/commands.js` has its options. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { config as readDotenv } from 'dotenv';
import { FolderLock } from '../src/store/folder-lock.ts';
import { COMMANDS } from './commands.js';
import { parseOptions } from './options.ts';

/** How often it looks whether the server is gone, in milliseconds. */
const INTERVAL_MS = 250;

const { values } = parseOptions(COMMANDS.drain.usage, {
  options: { wait: { type: 'boolean', default: true } },
  allowNegative: true,
});
const project = resolve(import.meta.dirname, '..');
readDotenv({ path: resolve(project, '.env'), quiet: true });
const folder = resolve(project, process.env.DATA_DIR || 'data');
const owner = FolderLock.ownerOf(folder);

if (!owner) fail(`No server runs on ${folder}. DATA_DIR names its folder.`);
else if (owner.host !== hostname()) fail(`The server runs on ${owner.host}: run this there.`);
else await drain(owner.pid);

async function drain(pid: number): Promise<void> {
  process.kill(pid, 'SIGUSR2');
  console.log(
    `Process ${pid} takes no new rooms, and ends when the last one is empty, or after DRAIN_DEADLINE.`,
  );
  if (!values.wait) return;
  while (FolderLock.ownerOf(folder)?.pid === pid) await sleep(INTERVAL_MS);
  console.log('It has ended.');
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
