import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { isAlive, load, temporaryFolder } from '../../support/scripts.ts';

const { answers } = await load('check-worker');
const { readMediasoup } = await load('mediasoup');

let options: { node: string; mediasoup: { worker: string } };

beforeAll(async () => {
  options = { node: process.execPath, mediasoup: await readMediasoup() };
});

/** A program that is no worker. */
async function program(script: string, mode = 0o755): Promise<string> {
  const file = join(await temporaryFolder(), 'mediasoup-worker');
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode });
  return file;
}

test('the worker answers', async () => {
  const worker = process.env.MEDIASOUP_WORKER_BIN || options.mediasoup.worker;
  expect(await answers(worker, options)).toBe(true);
});

test.for([
  ['a file that is not there', async (): Promise<string> => '/nowhere/mediasoup-worker'],
  ['a file that is no program', () => program('exit 0', 0o644)],
  ['a program that ends well', () => program('exit 0')],
  ['a program that fails', () => program('exit 41')],
  ['a program that talks', () => program('echo hello >&3; echo hello >&4; sleep 0.2')],
] as const)('%s does not', async ([, make]) => {
  const file: string = await make();
  expect(await answers(file, options)).toBe(false);
});

test('a program that hangs does not, and is ended with all that it started', async () => {
  const file = await program('sleep 1000 & echo $! >"$0.pid"; wait');
  expect(await answers(file, { ...options, timeoutMs: 3000 })).toBe(false);
  expect(isAlive(Number(await readFile(`${file}.pid`, 'utf8')))).toBe(false);
});
