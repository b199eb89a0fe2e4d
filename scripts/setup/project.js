// @ts-check
/** Where the project is, where the set-up keeps what it brought, and how its scripts end. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The platform and the architecture, as in `linux-x64`. */
export const MACHINE = `${process.platform}-${process.arch}`;

/** What cannot be had: one sentence that says what to do. It is printed as it is, without a stack. */
export class SetupError extends Error {}

/** What to do about an error of the system, by its code. */
const HINTS = new Map([
  ['ENOSPC', 'free some space'],
  ['EACCES', 'see that this can be written, or set XDG_CACHE_HOME to a folder that can'],
  ['EROFS', 'see that this can be written, or set XDG_CACHE_HOME to a folder that can'],
]);

/** The project's folder, or a path in it. */
export function inProject(path = '') {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/**
 * The user's cache folder of this project. It outlives `node_modules` and is shared by all clones of a user.
 *
 * @param {NodeJS.ProcessEnv} [env]
 */
export function cacheFolder(env = process.env) {
  return join(userCache(env), 'aq-server');
}

/**
 * Runs a script to its exit status. What it throws is told in one sentence, with status 1. `--help` prints the usage and
 * runs nothing.
 *
 * @param {string} usage
 * @param {() => Promise<number | void>} script
 */
export async function runScript(usage, script) {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(usage);
    return;
  }
  try {
    process.exitCode = (await script()) ?? 0;
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** @param {NodeJS.ProcessEnv} env */
function userCache(env) {
  // The XDG Base Directory Specification has a relative path ignored.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return env.XDG_CACHE_HOME;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return join(homedir(), '.cache');
}

/** @param {unknown} error */
function sentenceOf(error) {
  if (error instanceof SetupError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const hint = HINTS.get(code);
  return `The set-up failed: ${message}${hint ? `; ${hint}, then start again` : ''}.`;
}
