// @ts-check
/** What browsers load, compressed ahead: it takes seconds, and no start of the server should wait for that. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { writeWhole } from './files.js';
import { inProject } from './project.js';

/** What a browser waits for gets the best that there is; source maps are for developers, and large. */
const QUALITY = new Map([
  ['.js', constants.BROTLI_MAX_QUALITY],
  ['.css', constants.BROTLI_MAX_QUALITY],
  ['.map', 5],
]);

/**
 * Compresses scripts, styles and source maps of `dist`, each to `dist/compressed/<SHA-256 of its content in hex>.br` and
 * `.gzip`: a name has one content forever, so what is there stays, and what belongs to no file is removed.
 *
 * @param {string} [project]
 */
export async function compressDist(project = inProject()) {
  const dist = join(project, 'dist');
  const folder = join(dist, 'compressed');
  await mkdir(folder, { recursive: true });
  const names = (await readdir(dist)).filter((name) => QUALITY.has(extname(name)));
  const before = new Set(await readdir(folder));
  const made = await Promise.all(names.map((name) => compressFile(join(dist, name), folder, before)));
  const wanted = new Set(made.flat());
  for (const name of before) if (!wanted.has(name)) await rm(join(folder, name), { force: true });
}

/** @param {string} file @param {string} folder @param {ReadonlySet<string>} before @returns {Promise<string[]>} the names that it has there */
async function compressFile(file, folder, before) {
  const content = await readFile(file);
  const hash = createHash('sha256').update(content).digest('hex');
  const encodings = {
    [`${hash}.br`]: () => brotli(content, QUALITY.get(extname(file)) ?? 0),
    [`${hash}.gzip`]: () => promisify(gzip)(content),
  };
  for (const [name, compress] of Object.entries(encodings)) {
    if (!before.has(name)) await writeWhole(join(folder, name), await compress());
  }
  return Object.keys(encodings);
}

/** @param {Buffer} content @param {number} quality */
function brotli(content, quality) {
  return promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
}
