// @ts-check
/**
 * The worker, built from the sources in mediasoup's package with the system's libraries, for a machine that cannot reach
 * mediasoup's releases. mediasoup's own build brings tools and libraries from the same place.
 */
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installCommand, installPackages, isDebian, isRoot, missingPackages } from './debian.js';
import { fetchSrtp } from './fetch-srtp.js';
import { exists } from './files.js';
import { SetupError } from './project.js';
import { run } from './run.js';

const PACKAGES = [
  ...['g++', 'meson', 'ninja-build', 'pkg-config', 'flatbuffers-compiler'],
  ...['libuv1-dev', 'libssl-dev', 'libsrtp2-dev', 'libabsl-dev', 'libflatbuffers-dev'],
];
/** What a compiler takes of memory at most, in bytes. */
const COMPILER_BYTES = 1e9;
/** What stands in for the libraries that mediasoup's build would download: the system's. */
const SUBPROJECTS = fileURLToPath(new URL('worker/subprojects', import.meta.url));

/** @type {{ file: string, from: string, to: string, why: string }[]} */
const CHANGES = [
  {
    file: 'meson.build',
    from: "meson_version: '>= 1.1.0'",
    to: "meson_version: '>= 1.0.0'",
    why: 'Debian 12 has meson 1.0.1, which configures this build as well',
  },
  {
    file: 'src/RTC/DtlsTransport.cpp',
    from: '(operationType == BIO_CB_RETURN)',
    to: '((operationType & BIO_CB_RETURN) != 0)',
    why:
      'the callback answers 1 to every BIO_ctrl; an OpenSSL with kernel TLS, as Debian has, then takes the BIO for a ' +
      'socket with kernel TLS, makes no write buffer, and crashes at the first handshake',
  },
];

/**
 * @typedef {object} BuildOptions
 * @property {import('./mediasoup.js').Mediasoup} mediasoup
 * @property {string} folder where it is built; what an interrupted build left there is gone on with
 * @property {import('./progress.js').Task} task
 * @property {string} reason why it is built, for whoever has to do something
 */

/**
 * Builds the worker.
 *
 * @param {BuildOptions} options
 * @returns {Promise<string>} the file of the worker, in `folder`
 * @throws SetupError
 */
export async function buildWorker({ mediasoup, folder, task, reason }) {
  await mkdir(folder, { recursive: true });
  await ensurePackages(task, reason);
  const sources = join(folder, 'sources');
  const build = join(folder, 'build');
  await once(join(folder, 'prepared'), sources, async () => {
    task.step('preparing its sources', '2/4');
    await prepareSources(mediasoup, sources);
  });
  await once(join(folder, 'configured'), build, async () => {
    task.step('configuring the build', '3/4');
    const options = ['--wrap-mode=nodownload', '--buildtype=release', '-Db_ndebug=true'];
    await must('meson', ['setup', ...options, build, sources], 'worker-configure');
  });
  await compile(build, task);
  const file = join(build, 'mediasoup-worker');
  await must('strip', [file], 'worker-strip');
  return file;
}

/** @param {import('./progress.js').Task} task @param {string} reason */
async function ensurePackages(task, reason) {
  if (!isDebian()) {
    throw new SetupError(
      `mediasoup's worker cannot be had: ${reason}, and it can be built only on Debian; set MEDIASOUP_WORKER_BIN to one that you have.`,
    );
  }
  const missing = await missingPackages(PACKAGES);
  if (missing.length === 0) return;
  if (!isRoot()) {
    throw new SetupError(
      `mediasoup's worker has to be built, as ${reason}: run "${installCommand(missing)}", then start again.`,
    );
  }
  task.step(`installing ${missing.length} of Debian's packages`, '1/4');
  const { log } = await installPackages(missing);
  if ((await missingPackages(missing)).length === 0) return;
  throw new SetupError(
    `Debian's packages to build mediasoup's worker could not be installed (details: ${log}): run "${installCommand(missing)}", then start again.`,
  );
}

/** @param {import('./mediasoup.js').Mediasoup} mediasoup @param {string} sources */
async function prepareSources(mediasoup, sources) {
  await cp(join(mediasoup.folder, 'worker'), sources, {
    recursive: true,
    filter: (path) => path !== join(mediasoup.folder, 'worker', 'out'),
  });
  for (const name of await readdir(SUBPROJECTS)) {
    await cp(join(SUBPROJECTS, name), join(sources, 'subprojects', await folderOf(name, sources)), {
      recursive: true,
    });
  }
  await fetchSrtp(join(sources, 'subprojects', 'libsrtp2'));
  for (const change of CHANGES) await apply(change, sources);
}

/** The folder that a subproject is looked for in: its wrap file names it. @param {string} name @param {string} sources */
async function folderOf(name, sources) {
  const wrap = await readFile(join(sources, 'subprojects', `${name}.wrap`), 'utf8');
  const folder = /^directory = (.+)$/m.exec(wrap)?.[1];
  if (!folder) throw new Error(`the wrap file of ${name} names no folder`);
  return folder;
}

/** @param {(typeof CHANGES)[number]} change @param {string} sources */
async function apply({ file, from, to }, sources) {
  const path = join(sources, file);
  const text = await readFile(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} of mediasoup's worker has changed: see build-worker.js`);
  await writeFile(path, text.replace(from, to));
}

/** @param {string} build @param {import('./progress.js').Task} task */
async function compile(build, task) {
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / COMPILER_BYTES)));
  task.step('compiling', '4/4');
  await must('ninja', ['-C', build, '-j', String(jobs), 'mediasoup-worker'], 'worker-compile', (line) => {
    const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
    if (done && all) task.percent((100 * Number(done)) / Number(all));
  });
}

/**
 * Makes a folder unless a set-up before did so to the end, which it notes in `mark`.
 *
 * @param {string} mark
 * @param {string} folder
 * @param {() => Promise<void>} make
 */
async function once(mark, folder, make) {
  if (await exists(mark)) return;
  await rm(folder, { recursive: true, force: true });
  await make();
  await writeFile(`${mark}.new`, '');
  await rename(`${mark}.new`, mark);
}

/** @param {string} command @param {string[]} args @param {string} log @param {(line: string) => void} [onLine] */
async function must(command, args, log, onLine) {
  const result = await run(command, args, { log, ...(onLine && { onLine }) });
  if (result.ok) return;
  throw new SetupError(
    `mediasoup's worker could not be built (details: ${result.log}): set MEDIASOUP_WORKER_BIN to one that you have.`,
  );
}
