// @ts-check
/** The server as production runs it: one script, and one for the thread that delivers webhooks, made of `src/main.ts` and the packages that it uses. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNewer, publish } from './files.js';
import { BUNDLE } from './launch.js';
import { inProject, SetupError } from './project.js';

/** Packages that start workers of their own, which they find beside their files, and one that few servers load. */
const EXTERNAL = ['pino', 'pino-pretty', 'acme-client'];

/** Packages of CommonJS ask for Node's own modules with it, and mediasoup for the place of its worker. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * A source map that leads each line of a file to its first one. Node reads the bundle's map when it starts: the
 * packages would take nine tenths of it, and 30 MiB of the server's memory.
 */
const COARSE_MAP = Buffer.from('{"version":3,"sources":["x"],"mappings":"AAAA"}').toString('base64');

/** @type {import('esbuild').Plugin} */
const coarselyMappedPackages = {
  name: 'coarsely-mapped-packages',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${COARSE_MAP}`,
    }));
  },
};

/**
 * Bundles the server to `build/main.js` with its source map, unless what is there is newer than the sources.
 *
 * @param {string} [project]
 * @throws SetupError
 */
export async function buildServer(project = inProject()) {
  if (await isCurrent(project)) return;
  // Loaded here, as it is not there before the dependencies are.
  const { build, stop } = await import('esbuild');
  try {
    await publish(join(project, dirname(BUNDLE)), async (folder) => {
      await build({ ...optionsFor(project), outdir: folder });
    });
  } catch {
    throw new SetupError('The server could not be built: correct what is named above, then start again.');
  } finally {
    await stop();
  }
}

/** @param {string} project @returns {import('esbuild').BuildOptions} */
function optionsFor(project) {
  return {
    absWorkingDir: project,
    entryPoints: {
      main: join(project, 'src', 'main.ts'),
      'webhook-thread': join(project, 'src', 'webhooks', 'delivery', 'thread.ts'),
    },
    bundle: true,
    external: EXTERNAL,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // Names stay, for traces and for errors that are told by their class.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: REQUIRE },
    plugins: [coarselyMappedPackages],
    logLevel: 'error',
    logOverride: { 'require-resolve-not-external': 'silent' },
  };
}

/** @param {string} project */
async function isCurrent(project) {
  const names = await readdir(join(project, 'src'), { recursive: true });
  // A folder changes when a file of it is renamed or removed.
  const sources = ['package-lock.json', 'scripts/setup/server.js', ...names.map((name) => join('src', name))];
  return isNewer(
    join(project, BUNDLE),
    sources.map((name) => join(project, name)),
  );
}
