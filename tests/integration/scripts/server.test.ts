import { mkdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { inProject, load, run, temporaryFolder } from '../../support/scripts.ts';

const { buildServer } = await load('server');
const { NODE_OPTIONS, isProduction } = await load('launch');

let project: string;
let bundle: string;

beforeEach(async () => {
  project = await temporaryFolder();
  bundle = join(project, 'build', 'main.js');
  await mkdir(join(project, 'src', 'webhooks', 'delivery'), { recursive: true });
  await symlink(inProject('node_modules'), join(project, 'node_modules'));
  await write('main.ts', "import { port } from './port.ts';\nconsole.log(port);\n");
  await write('port.ts', 'export const port: number = 8080;\n');
  await write('webhooks/delivery/thread.ts', 'export {};\n');
});

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(project, 'src', name), text);
}

const runBundle = () => run(process.execPath, [...NODE_OPTIONS, bundle]);

test('is one script, which needs no sources', async () => {
  await buildServer(project);
  expect(await runBundle()).toMatchObject({ status: 0, stdout: '8080\n', stderr: '' });
});

test('its traces name the sources, and the package where an error comes from one', async () => {
  await write(
    'port.ts',
    "import { Counter } from 'prom-client';\n\nexport const port = new Counter({ name: 'not a name', help: '' });\n",
  );
  await buildServer(project);
  const { stderr } = await runBundle();
  expect(stderr).toContain('src/port.ts:3:');
  expect(stderr).toContain('prom-client/');
  expect((await stat(`${bundle}.map`)).size).toBeLessThan(50_000);
});

test('it is built anew when a source has changed, and only then', async () => {
  await buildServer(project);
  const built = await readFile(bundle, 'utf8');
  await writeFile(bundle, 'console.log("as it was");\n');
  await buildServer(project);
  expect(await runBundle()).toMatchObject({ stdout: 'as it was\n' });

  const later = new Date(Date.now() + 60_000);
  await utimes(join(project, 'src', 'port.ts'), later, later);
  await buildServer(project);
  expect(await readFile(bundle, 'utf8')).toBe(built);
});

test('what cannot be built leaves the bundle that was there', async () => {
  await buildServer(project);
  await write('port.ts', 'export const port = ;\n');
  const later = new Date(Date.now() + 60_000);
  await utimes(join(project, 'src', 'port.ts'), later, later);
  await expect(buildServer(project)).rejects.toThrow('The server could not be built');
  expect(await runBundle()).toMatchObject({ stdout: '8080\n' });
});

test.for([
  [{ ENVIRONMENT: 'production' }, '', true],
  [{}, 'ENVIRONMENT="production" # here\n', true],
  [{ ENVIRONMENT: '' }, 'ENVIRONMENT=production\n', true],
  [{ ENVIRONMENT: 'development' }, 'ENVIRONMENT=production\n', false],
  [{}, '', false],
] as const)('%j and a file of %j: in production %s', async ([env, file, expected]) => {
  await writeFile(join(project, '.env'), file);
  expect(isProduction(project, env)).toBe(expected);
});
