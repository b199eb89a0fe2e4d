// @ts-check
/** The SDK for others: its types, its file for each version, and the package that `npm pack` packs. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleDeclarations } from './declarations.js';
import { exists, isNewer, publish, writeWhole } from './files.js';
import { inProject, SetupError } from './project.js';
import { run } from './run.js';

/** The name of the package. */
const NAME = 'aq-server-sdk';

/** The modules that others use: the rooms, the softphone, which brings Telnyx's SDK, and the client for backends. */
const MODULES = {
  sdk: join('client', 'index'),
  phone: join('client', 'phone', 'index'),
  backend: join('client', 'backend', 'index'),
};

/** tsc's options for the declarations of `src/client`; `tsconfig.json` there checks the types. */
const TSC_OPTIONS = [
  ...['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--noCheck', '--strict', '--skipLibCheck'],
  ...['--target', 'esnext', '--module', 'nodenext', '--lib', 'esnext,dom,dom.iterable', '--types', ''],
  ...['--exactOptionalPropertyTypes', '--allowImportingTsExtensions'],
];

/**
 * Makes what stands beside `dist/sdk.js`, where it is not newer than the sources: `sdk.d.ts` and `phone.d.ts`,
 * `sdk-<version>.js` with its source map, and the folder `sdk-package`. To be called after `buildClient`.
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
  await writeWhole(join(dist, 'phone.d.ts'), types.phone);
  await writeWhole(join(dist, 'sdk.d.ts'), types.sdk);
}

/** @param {string} project */
async function isCurrent(project) {
  const folders = ['client', join('client', 'phone'), join('client', 'backend'), 'protocol'].map((name) =>
    join(project, 'src', name),
  );
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name))),
  );
  const others = ['package.json', 'LICENSE', 'docs/sdk.md', 'scripts/setup/sdk.js'];
  const sources = [...names.flat(), ...others.map((name) => join(project, name))];
  return isNewer(join(project, 'dist', 'sdk.d.ts'), sources);
}

/** @param {string} project */
async function buildTypes(project) {
  const folder = await mkdtemp(join(tmpdir(), 'aq-types-'));
  const source = join(project, 'src');
  try {
    const options = [...TSC_OPTIONS, '--rootDir', source, '--outDir', folder];
    const tsc = inProject('node_modules/typescript/bin/tsc');
    const entries = Object.values(MODULES).map((entry) => join(source, `${entry}.ts`));
    const { ok, output } = await run(process.execPath, [tsc, ...options, ...entries]);
    if (!ok) throw new Error(output);
    const declarations = (/** @type {string} */ entry) => bundleDeclarations(join(folder, `${entry}.d.ts`));
    return {
      sdk: await declarations(MODULES.sdk),
      phone: await declarations(MODULES.phone),
      backend: await declarations(MODULES.backend),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(`The types of the SDK could not be built: ${reason.replace(/\.$/, '')}.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What the SDK is built on stays a dependency: an application that uses it too has it once, and its fixes come without a
 * new SDK. `@telnyx/webrtc` is imported by the softphone alone.
 *
 * @param {string} project
 * @param {{ version: string, license: string, dependencies: Record<string, string> }} about
 * @param {{ sdk: string, phone: string, backend: string }} types
 */
async function buildPackage(project, about, types) {
  const { buildSync } = await import('esbuild');
  const names = ['@telnyx/webrtc', 'mediasoup-client'];
  const dependencies = Object.fromEntries(names.map((name) => [name, about.dependencies[name]]));
  const entry = (/** @type {string} */ path) => join(project, 'src', `${path}.ts`);
  await publish(join(project, 'dist', 'sdk-package'), async (folder) => {
    await mkdir(folder);
    buildSync({
      absWorkingDir: project,
      entryPoints: {
        index: entry(MODULES.sdk),
        phone: entry(MODULES.phone),
        backend: entry(MODULES.backend),
      },
      outdir: folder,
      bundle: true,
      external: names,
      format: 'esm',
      target: 'es2022',
      sourcemap: 'linked',
      logLevel: 'error',
    });
    await writeFile(join(folder, 'index.d.ts'), types.sdk);
    await writeFile(join(folder, 'phone.d.ts'), types.phone);
    await writeFile(join(folder, 'backend.d.ts'), types.backend);
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
    description: 'The SDK of aq-server for browsers: rooms with real-time audio and video, and a softphone',
    license,
    type: 'module',
    sideEffects: false,
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './phone': { types: './phone.d.ts', default: './phone.js' },
      './backend': { types: './backend.d.ts', default: './backend.js' },
    },
    types: './index.d.ts',
    files: ['index', 'phone', 'backend'].flatMap((name) => [`${name}.js`, `${name}.js.map`, `${name}.d.ts`]),
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
