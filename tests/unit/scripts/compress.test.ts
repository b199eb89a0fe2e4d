import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { load, temporaryFolder } from '../../support/scripts.ts';

const { compressDist } = await load('compress');

const script = `console.log([${Array.from({ length: 500 }, (_, n) => n)}]);`;
let project: string;

beforeEach(async () => {
  project = await temporaryFolder();
  await mkdir(join(project, 'dist/sdk-package'), { recursive: true });
});

const write = (file: string, text: string) => writeFile(join(project, 'dist', file), text);
const compressed = (name = '') => join(project, 'dist/compressed', name);
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

test('scripts, styles and source maps are compressed, under the hash of their content', async () => {
  await write('room.js', script);
  await write('room.js.map', '{}');
  await write('room.css', 'body {}');
  await write('sdk.d.ts', 'export {}');
  await compressDist(project);
  const names = [script, '{}', 'body {}'].flatMap((text) => [`${hashOf(text)}.br`, `${hashOf(text)}.gzip`]);
  expect((await readdir(compressed())).toSorted()).toEqual(names.toSorted());
  const brotli = await readFile(compressed(`${hashOf(script)}.br`));
  expect(brotli.length).toBeLessThan(script.length);
  expect(brotliDecompressSync(brotli).toString()).toBe(script);
  expect(gunzipSync(await readFile(compressed(`${hashOf(script)}.gzip`))).toString()).toBe(script);
});

test('what is there stays as it is, and what belongs to no file is removed', async () => {
  await write('room.js', script);
  await write('old.js', 'old');
  await compressDist(project);
  const kept = compressed(`${hashOf(script)}.br`);
  const { mtimeMs } = await stat(kept);
  await write('old.js', 'new');
  await compressDist(project);
  expect((await stat(kept)).mtimeMs).toBe(mtimeMs);
  const names = [script, 'new'].flatMap((text) => [`${hashOf(text)}.br`, `${hashOf(text)}.gzip`]);
  expect((await readdir(compressed())).toSorted()).toEqual(names.toSorted());
});
