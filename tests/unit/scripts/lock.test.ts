import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { inProject, load, run, temporaryFolder } from '../../support/scripts.ts';

const { withLock } = await load('lock');

let file: string;

beforeEach(async () => {
  file = join(await temporaryFolder(), 'cache', 'setup.lock');
});

test('one process at a time does the work', async () => {
  const folder = await temporaryFolder();
  const script = `
    import { mkdir, rmdir } from 'node:fs/promises';
    const { withLock } = await import(process.argv[1]);
    await withLock(process.argv[2], async () => {
      await mkdir(process.argv[3]); // fails where it is there
      await new Promise((resolve) => setTimeout(resolve, 100));
      await rmdir(process.argv[3]);
    });`;
  const args = [
    '--input-type=module',
    '-e',
    script,
    inProject('scripts/setup/lock.js'),
    file,
    join(folder, 'busy'),
  ];
  const runs = await Promise.all([1, 2, 3].map(() => run(process.execPath, args)));
  expect(runs.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
    Array(3).fill({ status: 0, stderr: '' }),
  );
  expect(await readdir(dirname(file))).toEqual([]);
});

test('whatever the work throws, the lock is free again', async () => {
  const failing = withLock(file, async () => {
    expect(await readFile(file, 'utf8')).toBe(String(process.pid));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await withLock(file, async () => 'yes')).toBe('yes');
});

test('a lock is taken over from a process that is gone', async () => {
  const { stdout } = await run(process.execPath, ['-p', 'process.pid']);
  await mkdir(dirname(file));
  await writeFile(file, stdout.trim());
  expect(await withLock(file, async () => 'yes')).toBe('yes');
});

test('a lock is taken over when its process id is that of another by now', async () => {
  await mkdir(dirname(file));
  await writeFile(file, String(process.pid));
  const before = new Date(Date.now() - 60_000);
  await utimes(file, before, before);
  expect(await withLock(file, async () => 'yes')).toBe('yes');
});
