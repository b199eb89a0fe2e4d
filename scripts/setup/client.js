import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { inProject } from './project.js';

/** Builds the browser's scripts to `dist/`: the SDK, and one for each page. It takes a tenth of a second, so always. */
export async function buildClient() {
  const { build } = await import('esbuild'); // installed by the step before
  await rm(inProject('dist'), { recursive: true, force: true });
  await build({
    entryPoints: [{ in: inProject('src/client/index.ts'), out: 'sdk' }, ...pages()],
    outdir: inProject('dist'),
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
}

function pages() {
  const folder = inProject('src/client/pages');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /\.tsx?$/.test(name));
  return names.map((name) => ({ in: `${folder}/${name}`, out: name.replace(/\.tsx?$/, '') }));
}
