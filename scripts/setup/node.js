import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { npm } from './npm.js';
import { step } from './progress.js';
import { cacheFolder, SetupError } from './project.js';
import { run } from './run.js';

/** The first version that runs TypeScript as it is, without a flag. */
const FIRST = [22, 18];
/** What npm brings where the machine's own Node is older. */
const BROUGHT = '^24';

/** The path of a Node that can run the server: the one that runs this if it is new enough, else one that npm brings. */
export async function chooseNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const brought = broughtNode();
  if (!existsSync(brought)) await bringNode(brought);
  return brought;
}

/** The same without bringing one: for those who run after the set-up. */
export function chosenNode() {
  return isNewEnough(process.versions.node) ? process.execPath : broughtNode();
}

/** @param {string} version */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FIRST[0] || (major === FIRST[0] && minor >= FIRST[1]);
}

function broughtNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(cacheFolder(), `node-${BROUGHT.slice(1)}`, 'bin', name);
}

/** @param {string} place */
async function bringNode(place) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  await mkdir(cacheFolder(), { recursive: true });
  const half = await mkdtemp(join(cacheFolder(), 'node-half-'));
  try {
    await step(`Bringing Node ${BROUGHT.slice(1)}, as this is ${process.version}`, async () => {
      await npm(process.execPath, ['install', '--no-save', '--ignore-scripts', '--prefix', half, `${name}@${BROUGHT}`]);
      const bin = join(half, 'node_modules', name, 'bin');
      await run(join(bin, 'node'), ['--version']);
      await rm(dirname(dirname(place)), { recursive: true, force: true });
      await mkdir(dirname(dirname(place)), { recursive: true });
      await rename(bin, dirname(place));
    });
  } catch (error) {
    throw new SetupError(
      `Node ${FIRST.join('.')} or later is needed, and npm could not bring one: install it and start again. (${firstLine(error)})`,
    );
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

/** @param {unknown} error */
export function firstLine(error) {
  return String(error instanceof Error ? error.message : error).split('\n')[0];
}
