/** The pages, their styles and pictures, and the scripts that are built from `src/client`. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { loadFiles, type StaticFile, sendFile } from './static-files.ts';

export interface PagesOptions {
  /** The folder of pages and styles: `dialer.html` is served at `/dialer`, `index.html` at its folder. */
  publicDir: string;
  /**
   * The folder of built scripts: they are served under `/assets/`. The SDK is at `/sdk.js` and the softphone at `/phone.js`
   * too, each with its types (`/sdk.d.ts`), and the SDK at `/sdk-<version>.js`, which never changes. Folders in it are not
   * served.
   */
  distDir: string;
  /** The headers of a page, by its path and the hashes of the scripts that stand in it (CSP level 3 section 2.3.1). */
  headersOf?: (path: string, scriptHashes: readonly string[]) => Readonly<Record<string, string>>;
  /** Whether the server must not start without pages; otherwise it says what to do in their place. */
  required?: boolean;
}

/** The pages are not built. */
export class PagesMissingError extends Error {
  constructor(folder: string) {
    super(`The pages are not built in ${folder}`);
    this.name = 'PagesMissingError';
  }
}

/** Asked anew each time, and answered 304 where nothing changed. */
const REVALIDATED = 'no-cache';
/** A name with esbuild's hash in it has one content forever. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const HASHED_NAME = /-[A-Z0-9]{8}\.(js|css)(\.map)?$/;
/** So has one with the SDK's version in it. */
const VERSIONED_NAME = /^\/sdk-\d[\w.-]*\.js(\.map)?$/;
/** The names of the SDK and of the softphone, which stand at the root. */
const SDK_NAME = /^(sdk(-\d[\w.-]*)?|phone)\.(js|js\.map|d\.ts)$/;

export function pageRoutes({ publicDir, distDir, headersOf, required }: PagesOptions): FastifyPluginAsync {
  return async (server) => {
    const [pages, scripts] = await Promise.all([
      loadFiles(publicDir),
      loadFiles(distDir, { deep: false, compressed: join(distDir, 'compressed') }),
    ]);
    const built = scripts.has('sdk.js') && pages.has('index.html');
    if (!built && required) throw new PagesMissingError(distDir);
    if (!built) {
      for (const path of ['/', '/sdk.js']) serveHint(server, path);
      return;
    }
    for (const [name, file] of pages) {
      const path = pathOfPage(name);
      serve(server, path, file, headersOf?.(path, inlineScriptHashes(file)));
    }
    for (const [name, file] of scripts) {
      serve(server, `/assets/${name}`, file, { 'access-control-allow-origin': '*' });
      if (SDK_NAME.test(name)) {
        // Pages of other origins load the SDK as a module, which needs CORS.
        serve(server, `/${name}`, file, { 'access-control-allow-origin': '*' });
      }
    }
  };
}

function serve(
  server: FastifyInstance,
  path: string,
  file: StaticFile,
  headers: Readonly<Record<string, string>> = {},
): void {
  const cacheControl = HASHED_NAME.test(path) || VERSIONED_NAME.test(path) ? IMMUTABLE : REVALIDATED;
  server.get(path, async (request, reply) => sendFile(file, cacheControl, request, reply.headers(headers)));
}

function serveHint(server: FastifyInstance, path: string): void {
  server.get(path, async (_request, reply) =>
    reply
      .code(503)
      .headers({ 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' })
      .send('The pages are not built yet: run "npm run setup" and start the server again.\n'),
  );
}

function pathOfPage(name: string): string {
  return `/${name.replace(/(^|\/)index\.html$/, '').replace(/\.html$/, '')}`;
}

/** Of the scripts that stand in a page, as CSP names them. */
function inlineScriptHashes({ type, bodies }: StaticFile): string[] {
  if (!type.startsWith('text/html')) return [];
  const scripts = String(bodies.get('identity')).matchAll(/<script>(.*?)<\/script>/gs);
  return [...scripts].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
}
