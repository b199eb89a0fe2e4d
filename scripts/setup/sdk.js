// @ts-check
/** The SDK for others: its types, its file for each version, and the package that `npm pack` packs. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleDeclarations } from './declarations.js';
import { exists, publish, writeWhole } from './files.js';
import { inProject, SetupError } from './project.js';
import { run } from './run.js';

/** The name of the package. */
const NAME = 'aq-server-sdk';

/** tsc's options for the declarations of `src/client`; `tsconfig.json` there checks the types. */
const TSC_OPTIONS = [
  ...['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--noCheck', '--strict', '--skipLibCheck'],
  ...['--target', 'esnext', '--module', 'nodenext', '--lib', 'esnext,dom,dom.iterable', '--types', ''],
  ...['--exactOptionalPropertyTypes', '--allowImportingTsExtensions'],
];

/**
 * Makes what stands beside `dist/sdk.js`, where it is not newer than the sources: `sdk.d.ts`, `sdk-<version>.js` with its
 * source map, and the folder `sdk-package`. To be called after `buildClient`.
 *
 * @param {string} [project]
 * @throws SetupError
 */
export async function buildSdk(project = inProject()) {
  const dist = join(project, 'dist');
  if (!(await exists(join(dist, 'sdk.js'))) || (await isCurrent(project))) return;
  const about = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
  const types = await buildTypes(project);
  await buildPackage(project, about, types);
  await placeVersion(dist, about.version);
  // Last, as it tells that all of it is there.
  await writeWhole(join(dist, 'sdk.d.ts'), types);
}

/** @param {string} project */
async function isCurrent(project) {
  const built = await stat(join(project, 'dist', 'sdk.d.ts')).catch(() => undefined);
  if (!built) return false;
  const folders = [join(project, 'src', 'client'), join(project, 'src', 'protocol')];
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name))),
  );
  const others = ['package.json', 'LICENSE', 'docs/sdk.md', 'scripts/setup/sdk.js'];
  const sources = [...names.flat(), ...others.map((name) => join(project, name))];
  const times = await Promise.all(sources.map((file) => stat(file).catch(() => undefined)));
  return times.every((source) => !source || source.mtimeMs < built.mtimeMs);
}

/** @param {string} project @returns {Promise<string>} */
async function buildTypes(project) {
  const folder = await mkdtemp(join(tmpdir(), 'aq-types-'));
  const source = join(project, 'src');
  try {
    const options = [...TSC_OPTIONS, '--rootDir', source, '--outDir', folder];
    const tsc = inProject('node_modules/typescript/bin/tsc');
    const { ok, output } = await run(process.execPath, [tsc, ...options, join(source, 'client', 'index.ts')]);
    if (!ok) throw new Error(output);
    return await bundleDeclarations(join(folder, 'client', 'index.d.ts'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(`The types of the SDK could not be built: ${reason.replace(/\.$/, '')}.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * mediasoup-client stays a dependency: an application that uses it too has it once, and its fixes come without a new SDK.
 *
 * @param {string} project
 * @param {{ version: string, license: string, dependencies: Record<string, string> }} about
 * @param {string} types
 */
async function buildPackage(project, about, types) {
  const { buildSync } = await import('esbuild');
  const dependencies = { 'mediasoup-client': about.dependencies['mediasoup-client'] };
  await publish(join(project, 'dist', 'sdk-package'), async (folder) => {
    await mkdir(folder);
    buildSync({
      absWorkingDir: project,
      entryPoints: { index: join(project, 'src', 'client', 'index.ts') },
      outdir: folder,
      bundle: true,
      external: Object.keys(dependencies),
      format: 'esm',
      target: 'es2022',
      sourcemap: 'linked',
      logLevel: 'error',
    });
    await writeFile(join(folder, 'index.d.ts'), types);
    await copyFile(join(project, 'LICENSE'), join(folder, 'LICENSE'));
    await copyFile(join(project, 'docs', 'sdk.md'), join(folder, 'README.md'));
    await writeFile(join(folder, 'package.json'), describe(about, dependencies));
  });
}

/** @param {{ version: string, license: string }} about @param {Record<string, string | undefined>} dependencies */
function describe({ version, license }, dependencies) {
  const content = {
    name: NAME,
    version,
    description: 'The SDK of aq-server for browsers: rooms with real-time audio and video',
    license,
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    types: './index.d.ts',
    files: ['index.js', 'index.js.map', 'index.d.ts'],
    dependencies,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** The SDK under a name that never has another content, with a source map of its own. @param {string} dist @param {string} version */
async function placeVersion(dist, version) {
  const script = await readFile(join(dist, 'sdk.js'), 'utf8');
  const name = `sdk-${version}.js`;
  await writeWhole(join(dist, `${name}.map`), await readFile(join(dist, 'sdk.js.map')));
  await writeWhole(join(dist, name), script.replace('=sdk.js.map', `=${name}.map`));
  for (const old of await readdir(dist)) {
    if (/^sdk-\d.*\.js(\.map)?$/.test(old) && !old.startsWith(name))
      await rm(join(dist, old), { force: true });
  }
}
