import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inProject, SetupError } from './project.js';

/** 256 bits, as HS256 wants (RFC 7518 section 3.2). */
const SECRET_BYTES = 32;

/** In development, makes `.env` from `.env.example` with a secret of its own, for its owner's eyes, if there is none. */
export async function makeEnvFile(folder = inProject(), environment = process.env.ENVIRONMENT) {
  if (environment && environment !== 'development') return;
  const example = await readFile(join(folder, '.env.example'), 'utf8').catch(() => {
    throw new SetupError('.env.example is missing: check the project out again.');
  });
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const text = example.replace(/^JWT_SECRET=.*$/m, `JWT_SECRET=${secret}`);
  // `wx`: one that is there is left as it is.
  await writeFile(join(folder, '.env'), text, { mode: 0o600, flag: 'wx' }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
