// @ts-check
/** The program that carries the media of simulated peers, compiled from `peer/` on first use. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCommand } from '../setup/commands.js';
import { installCommand, installPackages, isDebian, isRoot, missingPackages } from '../setup/debian.js';
import { fetchSrtp } from '../setup/fetch-srtp.js';
import { exists, publish, sweep } from '../setup/files.js';
import { withLock } from '../setup/lock.js';
import { beginTask } from '../setup/progress.js';
import { cacheFolder, MACHINE, SetupError } from '../setup/project.js';
import { run } from '../setup/run.js';

const PACKAGES = ['gcc', 'make', 'libc6-dev', 'libssl-dev', 'libsrtp2-dev'];
const SOURCES = fileURLToPath(new URL('peer', import.meta.url));
const FLAGS = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-D_GNU_SOURCE'];
const LIBRARIES = ['-lssl', '-lcrypto', '-lm'];
/** Where no source of libsrtp can be had. */
const PACKAGED_SRTP = ['-lsrtp2'];

/** Why the program cannot be compiled on this machine as it is; undefined where it can. */
export async function missingCompiler() {
  if (process.platform !== 'linux') return 'it is written for Linux';
  if (!findCommand(['gcc'])) return 'there is no gcc';
  if (!isDebian()) return undefined;
  const missing = await missingPackages(PACKAGES);
  return missing.length > 0 ? `Debian's packages ${missing.join(', ')} are not installed` : undefined;
}

/**
 * Sees to it that the program is there. It is kept in the user's cache, under a name that follows from its sources.
 *
 * @returns {Promise<string>} its path
 * @throws SetupError
 */
export async function ensurePeer() {
  const folder = join(cacheFolder(), 'load');
  const file = join(folder, `peer-${await hashOfSources()}-${MACHINE}`);
  if (await exists(file)) return file;
  await withLock(join(cacheFolder(), 'setup.lock'), async () => {
    if (await exists(file)) return;
    await mkdir(folder, { recursive: true });
    await sweep(folder);
    await build(file);
  });
  return file;
}

/** @param {string} file */
async function build(file) {
  const task = beginTask('The load generator');
  try {
    await ensurePackages(task);
    const srtp = await ensureSrtp(task);
    task.step('compiling');
    await publish(file, (part) => compile(part, srtp));
  } catch (error) {
    task.abandon();
    throw error;
  }
  task.end();
}

/** @param {import('../setup/progress.js').Task} task */
async function ensurePackages(task) {
  const reason = await missingCompiler();
  if (!reason) return;
  const missing = isDebian() ? await missingPackages(PACKAGES) : [];
  if (missing.length === 0)
    throw new SetupError(
      `The load generator cannot be compiled: ${reason}. It needs Linux with gcc, OpenSSL 3 and libsrtp 2.`,
    );
  if (!isRoot())
    throw new SetupError(
      `The load generator cannot be compiled: ${reason}. Run "${installCommand(missing)}", then start again.`,
    );
  task.step(`installing ${missing.join(', ')}`);
  const { log } = await installPackages(missing);
  if ((await missingPackages(missing)).length === 0) return;
  throw new SetupError(
    `Debian's packages for the load generator could not be installed (details: ${log}). Run "${installCommand(missing)}", then start again.`,
  );
}

/**
 * libsrtp on OpenSSL, from Debian's source. The packaged one is on NSS, which looks through all keys of the process for
 * each packet: with 1,200 peers that was 60 % of the generator's CPU.
 *
 * @param {import('../setup/progress.js').Task} task
 * @returns {Promise<string[]>} how to compile and link with it; with the packaged one where there is no source
 */
async function ensureSrtp(task) {
  const folder = join(cacheFolder(), 'load', `srtp-${MACHINE}`);
  const library = join(folder, 'libsrtp2.a');
  if (!(await exists(library))) {
    task.step('building libsrtp');
    await rm(folder, { recursive: true, force: true });
    await fetchSrtp(folder);
    if (await exists(folder)) await buildSrtp(folder);
  }
  return (await exists(library)) ? [`-I${folder}`, library] : PACKAGED_SRTP;
}

/** @param {string} cwd */
async function buildSrtp(cwd) {
  // So that pkg-config is not needed.
  const env = { ...process.env, crypto_CFLAGS: ' ', crypto_LIBS: '-lcrypto' };
  const options = { cwd, env, log: 'load-srtp' };
  // The headers are included as those of the package are.
  await symlink('include', join(cwd, 'srtp2'));
  const { ok } = await run('./configure', ['--enable-openssl'], options);
  if (ok) await run('make', ['libsrtp2.a'], options);
}

/** @param {string} file @param {string[]} srtp */
async function compile(file, srtp) {
  const sources = (await readdir(SOURCES)).filter((name) => name.endsWith('.c'));
  const paths = sources.map((name) => join(SOURCES, name));
  const { ok, log } = await run('gcc', [...FLAGS, '-o', file, ...paths, ...srtp, ...LIBRARIES], {
    log: 'load-compile',
  });
  if (!ok) throw new SetupError(`The load generator could not be compiled (details: ${log}).`);
}

async function hashOfSources() {
  const hash = createHash('sha256').update([...FLAGS, ...LIBRARIES].join(' '));
  for (const name of (await readdir(SOURCES)).toSorted()) {
    hash.update(name).update(await readFile(join(SOURCES, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
