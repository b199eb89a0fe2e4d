import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { load, temporaryFolder } from '../../support/scripts.ts';

const { buildClient } = await load('client');

let project: string;

beforeEach(async () => {
  project = await temporaryFolder();
  await mkdir(join(project, 'src/client/pages'), { recursive: true });
});

const write = (file: string, text: string) => writeFile(join(project, file), text);
const built = async () => (await readdir(join(project, 'dist'))).toSorted();

test('the SDK and each page are built with their source maps, and what is no more is removed', async () => {
  await write('src/client/index.ts', 'export const answer: number = 42;');
  await write('src/client/pages/room.ts', "import { answer } from '../index.ts'; console.log(answer);");
  await write('src/client/pages/dialer.ts', 'console.log(1);');
  await write('src/client/pages/types.d.ts', 'declare const x: 1;');
  await buildClient(project);
  const files = ['dialer.js', 'dialer.js.map', 'room.js', 'room.js.map', 'sdk.js', 'sdk.js.map'];
  expect(await built()).toEqual(files);
  expect(await import(join(project, 'dist/sdk.js'))).toMatchObject({ answer: 42 });
  expect(await readFile(join(project, 'dist/room.js'), 'utf8')).toMatch(
    /42.*\n\/\/# sourceMappingURL=room\.js\.map/,
  );

  await write('dist/old.js', '');
  await write('dist/kept.txt', '');
  await buildClient(project);
  expect(await built()).toEqual([...files, 'kept.txt'].toSorted());
});

test('builds at the same moment leave whole files', async () => {
  await write('src/client/index.ts', 'export const answer = 42;');
  await Promise.all([1, 2, 3].map(() => buildClient(project)));
  expect(await built()).toEqual(['sdk.js', 'sdk.js.map']);
});

test('what is not there is not built', async () => {
  await buildClient(project);
  expect(await built()).toEqual([]);
});

test('a mistake is told in one sentence', async () => {
  await write('src/client/index.ts', 'export const = ;');
  await expect(buildClient(project)).rejects.toThrow(/^The pages could not be built: .*\.$/);
});
