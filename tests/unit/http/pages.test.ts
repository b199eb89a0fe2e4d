import { createHash } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PagesOptions } from '../../../src/http/pages/pages.ts';
import { folderOf, httpServer } from '../../support/http.ts';

const script = `export const numbers = [${Array.from({ length: 2000 }, (_, i) => i).join()}];`;
let pages: PagesOptions;

beforeEach(async () => {
  const publicDir = await folderOf({
    'index.html': '<!doctype html><title>rooms</title>',
    'dialer.html': '<!doctype html><title>dialer</title>',
    'console/index.html': '<!doctype html><title>console</title>',
    'style.css': 'body{}',
    'img/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '.env': 'JWT_SECRET=x',
    '.git/config': 'x',
    'notes.md': 'x',
    'a b.txt': 'x',
    ':x.txt': 'x',
  });
  const distDir = await folderOf({
    'sdk.js': script,
    'sdk.js.map': '{}',
    'page.js': 'x',
    'chunk-ABCD1234.js': 'x',
    'sdk-1.2.3.js': 'x',
    'sdk-1.2.3.js.map': '{}',
    'sdk.d.ts': 'export {}',
    'phone.js': 'x',
    'phone.js.map': '{}',
    'phone.d.ts': 'export {}',
    'sdk-package/index.js': 'x',
  });
  await symlink('/etc/passwd', join(publicDir, 'passwd.txt'));
  await symlink('/etc', join(publicDir, 'etc'));
  pages = { publicDir, distDir };
});

const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  httpServer({ pages }).inject({ method, url, headers });

test.each([
  ['/', 'text/html; charset=utf-8', 'rooms'],
  ['/dialer', 'text/html; charset=utf-8', 'dialer'],
  ['/console', 'text/html; charset=utf-8', 'console'],
  ['/style.css', 'text/css; charset=utf-8', 'body{}'],
  ['/img/logo.svg', 'image/svg+xml', 'svg'],
  ['/sdk.js', 'text/javascript; charset=utf-8', 'numbers'],
  ['/sdk.js.map', 'application/json; charset=utf-8', '{}'],
  ['/sdk.d.ts', 'text/plain; charset=utf-8', 'export'],
  ['/sdk-1.2.3.js', 'text/javascript; charset=utf-8', 'x'],
  ['/sdk-1.2.3.js.map', 'application/json; charset=utf-8', '{}'],
  ['/phone.js', 'text/javascript; charset=utf-8', 'x'],
  ['/phone.js.map', 'application/json; charset=utf-8', '{}'],
  ['/phone.d.ts', 'text/plain; charset=utf-8', 'export'],
  ['/assets/sdk.js', 'text/javascript; charset=utf-8', 'numbers'],
  ['/assets/page.js', 'text/javascript; charset=utf-8', 'x'],
  ['/?room=r&token=t', 'text/html; charset=utf-8', 'rooms'],
])('%s is served as %s', async (url, type, content) => {
  const answer = await get(url);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe(type);
  expect(answer.body).toContain(content);
});

test.each([
  '/index.html',
  '/.env',
  '/.git/config',
  '/notes.md',
  '/a%20b.txt',
  '/:x.txt',
  '/passwd.txt',
  '/etc/passwd',
  '/page.js',
  '/sdk-package/index.js',
  '/assets/sdk-package/index.js',
  '/assets',
  '/assets/',
  '/assets/index.html',
  '/img',
  '/img/',
])('%s is not', async (url) => expect((await get(url)).statusCode).toBe(404));

describe('caches', () => {
  test('ask anew, and get 304 where nothing changed', async () => {
    const first = await get('/');
    expect(first.headers['cache-control']).toBe('no-cache');
    const second = await get('/', { 'if-none-match': String(first.headers.etag) });
    expect(second.statusCode).toBe(304);
    expect(second.body).toBe('');
    expect(second.headers.etag).toBe(first.headers.etag);
    expect((await get('/', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  test.each([
    '/assets/chunk-ABCD1234.js',
    '/sdk-1.2.3.js',
    '/sdk-1.2.3.js.map',
  ])('keep %s, which has a hash or a version in its name', async (url) => {
    expect((await get(url)).headers['cache-control']).toContain('immutable');
  });

  test.each(['/sdk.js', '/sdk.d.ts'])('ask anew for %s', async (url) => {
    expect((await get(url)).headers['cache-control']).toBe('no-cache');
  });
});

describe('compression', () => {
  test.each([
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['GZIP', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
  ])('to %s is %s', async (accepted, encoding, decompress) => {
    const answer = await get('/sdk.js', { 'accept-encoding': accepted });
    expect(answer.headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(answer.rawPayload.length).toBeLessThan(script.length / 2);
    expect(decompress(answer.rawPayload).toString()).toBe(script);
  });

  test.each(['', 'deflate', 'br;q=0.0', 'brx'])('to %j is none', async (accepted) => {
    const answer = await get('/sdk.js', { 'accept-encoding': accepted });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers.vary).toBe('accept-encoding');
    expect(answer.body).toBe(script);
  });

  test('is what was made ahead for that very content, where there is such a thing', async () => {
    const hash = createHash('sha256').update(script).digest('hex');
    const distDir = await folderOf({
      'sdk.js': script,
      'page.js': `${script} `,
      [`compressed/${hash}.br`]: brotliCompressSync('made ahead'),
    });
    const server = httpServer({ pages: { ...pages, distDir } });
    const asked = async (url: string, encoding: string) =>
      (await server.inject({ url, headers: { 'accept-encoding': encoding } })).rawPayload;
    expect(brotliDecompressSync(await asked('/sdk.js', 'br')).toString()).toBe('made ahead');
    expect(gunzipSync(await asked('/sdk.js', 'gzip')).toString()).toBe(script);
    expect(brotliDecompressSync(await asked('/assets/page.js', 'br')).toString()).toBe(`${script} `);
  });

  test('has an ETag of its own for each encoding', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', ''].map(
        async (encoding) => (await get('/sdk.js', { 'accept-encoding': encoding })).headers.etag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  test('leaves small files alone', async () => {
    expect(
      (await get('/style.css', { 'accept-encoding': 'br' })).headers['content-encoding'],
    ).toBeUndefined();
  });
});

test('HEAD answers the headers alone, and other methods nothing', async () => {
  const answer = await get('/sdk.js', {}, 'HEAD');
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toBe('');
  expect(answer.headers['content-length']).toBe(String(script.length));
  expect((await get('/sdk.js', {}, 'POST')).statusCode).toBe(405);
});

test('pages of other origins may load the scripts, and only those', async () => {
  for (const url of ['/sdk.js', '/sdk-1.2.3.js', '/phone.js']) {
    expect((await get(url)).headers['access-control-allow-origin']).toBe('*');
  }
  expect((await get('/')).headers['access-control-allow-origin']).toBeUndefined();
});

test.each([
  'publicDir',
  'distDir',
] as const)('without %s the server runs and says what to do', async (missing) => {
  pages = { ...pages, [missing]: join(pages[missing], 'no-such-folder') };
  for (const url of ['/', '/sdk.js']) {
    const answer = await get(url);
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('npm run setup');
  }
  expect((await get('/health')).statusCode).toBe(200);
});

test('a page is sent with the hashes of the scripts in it, and of no others', async () => {
  const script = 'console.log(1);\n';
  const html = `<script>${script}</script><script type="module" src="/x.js"></script>`;
  const publicDir = await folderOf({ 'index.html': html, 'style.css': 'body{}' });
  const headersOf = (path: string, hashes: readonly string[]) => ({ 'x-page': `${path} ${hashes.join()}` });
  const server = httpServer({ pages: { ...pages, publicDir, headersOf } });
  const hash = createHash('sha256').update(script).digest('base64');
  expect((await server.inject('/')).headers['x-page']).toBe(`/ 'sha256-${hash}'`);
  expect((await server.inject('/style.css')).headers['x-page']).toBe('/style.css ');
});
