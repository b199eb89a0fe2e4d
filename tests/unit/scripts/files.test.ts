import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { inProject, load, run, temporaryFolder } from '../../support/scripts.ts';

const { placeExecutable, publish, sweep, writeWhole } = await load('files');

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});

test('what fails half-way leaves nothing, and what was there stays', async () => {
  await writeFile(join(folder, 'file'), 'old');
  const half = publish(join(folder, 'file'), async (part: string) => {
    await writeFile(part, 'ne');
    throw new Error('no');
  });
  await expect(half).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual(['file']);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old');
});

test('files and folders are replaced whole', async () => {
  const place = join(folder, 'tree');
  for (const name of ['one', 'two']) {
    await publish(place, async (part: string) => {
      await mkdir(part);
      await writeFile(join(part, name), '');
    });
    expect(await readdir(place)).toEqual([name]);
  }
  await writeWhole(join(folder, 'file'), 'one');
  await writeWhole(join(folder, 'file'), 'two');
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('two');
  expect((await readdir(folder)).toSorted()).toEqual(['file', 'tree']);
});

test('a process that ends takes away what it had in the making', async () => {
  const script = `
    import { writeFile } from 'node:fs/promises';
    const { publish } = await import(process.argv[1]);
    await publish(process.argv[2], async (part) => {
      await writeFile(part, 'half');
      process.exit(3);
    });`;
  const args = [
    '--input-type=module',
    '-e',
    script,
    inProject('scripts/setup/files.js'),
    join(folder, 'file'),
  ];
  expect((await run(process.execPath, args)).status).toBe(3);
  expect(await readdir(folder)).toEqual([]);
});

test('what a killed process left is swept, and nothing else', async () => {
  await mkdir(join(folder, 'node.part-0b0e7e7e-0000-4000-8000-000000000000'));
  await writeFile(join(folder, 'node.part-time'), '');
  await sweep(folder);
  expect(await readdir(folder)).toEqual(['node.part-time']);
  await sweep(join(folder, 'nowhere'));
});

test('an executable is in both places', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'deep', 'to')];
  await writeFile(from, 'program', { mode: 0o600 });
  await placeExecutable(from, to);
  await placeExecutable(from, to);
  expect(await readFile(to, 'utf8')).toBe('program');
  expect((await stat(to)).mode & 0o777).toBe(0o755);
});
