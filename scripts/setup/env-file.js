// @ts-check
/** The configuration of a first start. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, writeNew } from './files.js';
import { inProject, SetupError } from './project.js';

const SECRET_LINE = /^JWT_SECRET=.*$/m;

/**
 * Makes `.env` from `.env.example` with a random secret, in development; one that is there stays as it is.
 *
 * @param {string} [project]
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<boolean>} whether it was made
 * @throws SetupError
 */
export async function ensureEnvFile(project = inProject(), env = process.env) {
  const file = join(project, '.env');
  const inDevelopment = (env.ENVIRONMENT || 'development') === 'development';
  if (!inDevelopment || (await exists(file))) return false;
  const example = await readFile(join(project, '.env.example'), 'utf8').catch(() => '');
  if (!SECRET_LINE.test(example)) {
    throw new SetupError('.env.example has no line "JWT_SECRET=": get it back from git, then start again.');
  }
  const secret = randomBytes(32).toString('base64url');
  return writeNew(file, example.replace(SECRET_LINE, `JWT_SECRET=${secret}`), 0o600);
}
