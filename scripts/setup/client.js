// @ts-check
/** What browsers load, built from `src/client`. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { exists, writeWhole } from './files.js';
import { inProject, SetupError } from './project.js';

/**
 * Builds the SDK to `dist/sdk.js`, the softphone to `dist/phone.js` and the script of each page to `dist/<page>.js`, with
 * their source maps. What is in `dist` besides is removed. It takes a tenth of a second, so each start does it.
 *
 * @param {string} [project]
 * @throws SetupError
 */
export async function buildClient(project = inProject()) {
  const dist = join(project, 'dist');
  const files = await bundle(await entryPoints(join(project, 'src', 'client')), project, dist);
  await mkdir(dist, { recursive: true });
  for (const { path, contents } of files) await writeWhole(path, contents);
  const built = new Set(files.map(({ path }) => basename(path)));
  for (const name of await readdir(dist)) {
    // What names a version of the SDK belongs to `buildSdk`.
    if (/^(?!sdk-).*\.js(\.map)?$/.test(name) && !built.has(name))
      await rm(join(dist, name), { force: true });
  }
}

/** @param {string} client @returns {Promise<Record<string, string>>} source files by the name of what is built */
async function entryPoints(client) {
  const names = await readdir(join(client, 'pages')).catch(() => []);
  const pages = names.filter((name) => /^(?!.*\.d\.ts$).*\.tsx?$/.test(name));
  const entries = pages.map((name) => [parse(name).name, join(client, 'pages', name)]);
  if (await exists(join(client, 'index.ts'))) entries.push(['sdk', join(client, 'index.ts')]);
  // Apart from the SDK: it brings Telnyx's with it, which rooms have no use for.
  const phone = join(client, 'phone', 'index.ts');
  if (await exists(phone)) entries.push(['phone', phone]);
  return Object.fromEntries(entries);
}

/** @param {Record<string, string>} entries @param {string} project @param {string} outdir */
async function bundle(entries, project, outdir) {
  if (Object.keys(entries).length === 0) return [];
  // Loaded here, as it is not there before the dependencies are.
  const { buildSync } = await import('esbuild');
  try {
    // In one go: the process that `build` keeps would live as long as the server.
    const { outputFiles } = buildSync({
      absWorkingDir: project,
      entryPoints: entries,
      outdir,
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      minify: true,
      sourcemap: 'linked',
      logLevel: 'error',
    });
    return outputFiles;
  } catch {
    throw new SetupError('The pages could not be built: correct what is named above, then start again.');
  }
}
