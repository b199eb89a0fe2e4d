// @ts-check
/** libsrtp from Debian's source: the packaged one encrypts with NSS, which is slower than OpenSSL. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.js';

const SOURCE_LISTS = '/etc/apt';

/**
 * Puts the sources of libsrtp 2 into a folder. Needs no rights: apt works on lists of its own. Where they cannot be had
 * there is no folder, and the build takes the packaged library.
 *
 * @param {string} folder
 */
export async function fetchSrtp(folder) {
  const work = `${folder}.download`;
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(work, 'sources'));
  await writeSourceLists(join(work, 'sources'));
  const apt = [
    ...[
      '-q',
      '-o',
      `Dir::Etc::SourceList=${join(work, 'none')}`,
      '-o',
      `Dir::Etc::SourceParts=${join(work, 'sources')}`,
    ],
    ...['-o', `Dir::State::Lists=${join(work, 'lists')}`, '-o', `Dir::Cache=${work}`],
    ...['-o', 'Acquire::http::Timeout=20', '-o', 'APT::Sandbox::User=root'],
  ];
  // One of the lists may not be there; what matters is whether the source is.
  await run('apt-get', [...apt, 'update'], { log: 'srtp-update' });
  await run('apt-get', [...apt, 'source', '--download-only', 'libsrtp2'], { log: 'srtp-source', cwd: work });
  const archive = (await readdir(work)).find((name) => /\.orig\.tar\.\w+$/.test(name));
  if (archive) await unpack(join(work, archive), folder);
  await rm(work, { recursive: true, force: true });
}

/** Asks for sources where the machine's lists ask for packages. @param {string} folder */
async function writeSourceLists(folder) {
  const parts = join(SOURCE_LISTS, 'sources.list.d');
  const files = [
    join(SOURCE_LISTS, 'sources.list'),
    ...(await namesIn(parts)).map((name) => join(parts, name)),
  ];
  for (const [index, file] of files.entries()) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const content = file.endsWith('.sources')
      ? text.replace(/^Types:.*$/gm, 'Types: deb-src')
      : text.replace(/^deb /gm, 'deb-src ');
    await writeFile(join(folder, `${index}.${file.endsWith('.sources') ? 'sources' : 'list'}`), content);
  }
}

/** @param {string} folder @returns {Promise<string[]>} */
async function namesIn(folder) {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.sources') || name.endsWith('.list'));
}

/** @param {string} archive @param {string} folder */
async function unpack(archive, folder) {
  const part = `${folder}.part`;
  await mkdir(part, { recursive: true });
  const { ok } = await run('tar', ['-xf', archive, '--strip-components=1', '-C', part]);
  if (ok) await rename(part, folder);
  else await rm(part, { recursive: true });
}
