import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { load, temporaryFolder } from '../../support/scripts.ts';

const { ensureEnvFile } = await load('env-file');
const EXAMPLE = '# A comment\nSERVER_ADDR=:8080\nJWT_SECRET=\nTOKEN_MAX_TTL=604800\n';

let project: string;

beforeEach(async () => {
  project = await temporaryFolder();
  await writeFile(join(project, '.env.example'), EXAMPLE);
});

const readEnv = () => readFile(join(project, '.env'), 'utf8');

test('a first start makes .env, for its owner alone, with a secret and all else as it was', async () => {
  expect(await ensureEnvFile(project, {})).toBe(true);
  const secret = /^JWT_SECRET=(.*)$/m.exec(await readEnv())?.[1] ?? '';
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect((await readEnv()).replace(secret, '')).toBe(EXAMPLE);
  expect((await stat(join(project, '.env'))).mode & 0o777).toBe(0o600);
  expect((await readdir(project)).toSorted()).toEqual(['.env', '.env.example']);
});

test('secrets differ', async () => {
  const other = await temporaryFolder();
  await writeFile(join(other, '.env.example'), EXAMPLE);
  await ensureEnvFile(project, {});
  await ensureEnvFile(other, {});
  expect(await readEnv()).not.toBe(await readFile(join(other, '.env'), 'utf8'));
});

test('one that is there stays as it is', async () => {
  await writeFile(join(project, '.env'), 'JWT_SECRET=mine\n');
  expect(await ensureEnvFile(project, {})).toBe(false);
  expect(await readEnv()).toBe('JWT_SECRET=mine\n');
});

test('of two at the same moment, one makes it', async () => {
  const made = await Promise.all([1, 2, 3, 4].map(() => ensureEnvFile(project, {})));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await readdir(project)).toHaveLength(2);
});

test('production makes none', async () => {
  expect(await ensureEnvFile(project, { ENVIRONMENT: 'production' })).toBe(false);
  await expect(readEnv()).rejects.toThrow('ENOENT');
});

test('an example without a secret is told in one sentence', async () => {
  await writeFile(join(project, '.env.example'), 'SERVER_ADDR=:8080\n');
  await expect(ensureEnvFile(project, {})).rejects.toThrow(
    /^\.env\.example has no line "JWT_SECRET=": .*\.$/,
  );
});
