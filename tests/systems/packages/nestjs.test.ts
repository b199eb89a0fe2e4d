/** The guide's backend in NestJS, built as the Nest CLI builds it: with TypeScript's decorators. */
import { execFile } from 'node:child_process';
import { cp, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../support/process.ts';
import { startProgram } from '../../support/program.ts';
import { SECRET, startServer } from '../../support/server.ts';
import { assertMintsTokens } from '../../support/token-backend.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const GUIDE = join(PROJECT, 'docs/guides/backends/nestjs');

async function build(): Promise<string> {
  const folder = temporaryFolder();
  await symlink(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await cp(GUIDE, folder, { recursive: true });
  const sources = (await readdir(GUIDE)).map((name) => join(folder, name));
  expect(sources).not.toEqual([]);
  await promisify(execFile)(
    process.execPath,
    [
      join(PROJECT, 'node_modules/typescript/bin/tsc'),
      ...['--ignoreConfig', '--strict', '--skipLibCheck', '--types', 'node'],
      ...['--experimentalDecorators', '--emitDecoratorMetadata', '--target', 'es2022'],
      ...['--module', 'nodenext', '--rootDir', folder, '--outDir', folder, ...sources],
    ],
    { cwd: folder },
  );
  return join(folder, 'main.js');
}

test('mints tokens', async () => {
  const server = await startServer();
  onTestFinished(() => server.close());
  const env = { JWT_SECRET: SECRET, AQ_SERVER: server.url.replace('http', 'ws'), PORT: '0' };
  await assertMintsTokens(startProgram(process.execPath, [await build()], { env }), server);
});
