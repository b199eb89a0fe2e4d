import { fileURLToPath } from 'node:url';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The project's folder, and a path in it. */
export const inProject = (path = '') => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Where things are kept that all checkouts of this user share: a Node, a media worker. */
export function cacheFolder() {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'aq-server');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'aq-server');
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'aq-server');
  return join(homedir(), '.cache', 'aq-server');
}

/** What the set-up cannot do by itself, in one sentence that says what to do. */
export class SetupError extends Error {}

/** Runs a script of ours: what it cannot do is said in one sentence, with exit status 1. */
export async function runScript(/** @type {() => Promise<number | void>} */ script) {
  try {
    process.exitCode = (await script()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
