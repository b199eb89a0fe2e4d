import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { inProject, load, run, temporaryFolder } from '../../support/scripts.ts';

const { isInstalled } = await load('dependencies');

const ws = { version: '8.23.0', integrity: 'sha512-a' };
const here = {
  version: '1.0.0',
  integrity: 'sha512-b',
  optional: true,
  os: [process.platform],
  cpu: [process.arch],
};
const elsewhere = { ...here, os: ['plan9'] };

let project: string;

beforeEach(async () => {
  project = await temporaryFolder();
  await mkdir(join(project, 'node_modules'));
  await lock({ '': { name: 'project' }, 'node_modules/ws': ws, 'node_modules/x': elsewhere });
});

const lock = (packages: object) =>
  writeFile(join(project, 'package-lock.json'), JSON.stringify({ packages }));
const record = (packages: object) =>
  writeFile(join(project, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));

test('nothing is installed without the record that npm writes last', async () => {
  expect(await isInstalled(project)).toBe(false);
  await rm(join(project, 'node_modules'), { recursive: true });
  expect(await isInstalled(project)).toBe(false);
});

test('what the lock file wants is there, without what is for other machines', async () => {
  await record({ 'node_modules/ws': ws });
  expect(await isInstalled(project)).toBe(true);
});

test.for([
  ['another version', { 'node_modules/ws': { ...ws, version: '8.22.0' } }],
  ['other content', { 'node_modules/ws': { ...ws, integrity: 'sha512-c' } }],
  ['one too few', {}],
  ['one too many', { 'node_modules/ws': ws, 'node_modules/left': ws }],
] as const)('%s is not what it wants', async ([, packages]) => {
  await record(packages);
  expect(await isInstalled(project)).toBe(false);
});

test('a build for this machine must be there', async () => {
  await lock({ 'node_modules/ws': ws, 'node_modules/x': here });
  await record({ 'node_modules/ws': ws });
  expect(await isInstalled(project)).toBe(false);
  await record({ 'node_modules/ws': ws, 'node_modules/x': here });
  expect(await isInstalled(project)).toBe(true);
});

test('a record that was cut short counts for nothing', async () => {
  await writeFile(join(project, 'node_modules/.package-lock.json'), '{"packages": {');
  expect(await isInstalled(project)).toBe(false);
});

test('a lock file that is gone is told in one sentence', async () => {
  await rm(join(project, 'package-lock.json'));
  await expect(isInstalled(project)).rejects.toThrow(/^package-lock\.json cannot be read: .*\.$/);
});

test('npm installs anew what an interrupted install left, and runs no install script', async () => {
  const local = { version: '1.0.0', resolved: 'file:local', hasInstallScript: true };
  await mkdir(join(project, 'local'));
  const scripts = { install: 'echo > it-ran' };
  await writeFile(
    join(project, 'local/package.json'),
    JSON.stringify({ name: 'local', version: '1.0.0', scripts }),
  );
  const root = { name: 'project', version: '1.0.0', dependencies: { local: 'file:local' } };
  await writeFile(join(project, 'package.json'), JSON.stringify(root));
  const packages = { '': root, local, 'node_modules/local': { resolved: 'local', link: true } };
  await writeFile(
    join(project, 'package-lock.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', lockfileVersion: 3, requires: true, packages }),
  );
  await mkdir(join(project, 'node_modules/half'));

  const script = `
    const { ensureDependencies, isInstalled } = await import(process.argv[1]);
    await ensureDependencies(process.execPath, process.argv[2]);
    console.log(await isInstalled(process.argv[2]));`;
  const args = ['--input-type=module', '-e', script, inProject('scripts/setup/dependencies.js'), project];
  const env = { XDG_CACHE_HOME: join(project, 'cache'), HOME: project };
  const { stdout, stderr, status } = await run(process.execPath, args, { env });

  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toMatch(/^Dependencies: installing .*\nDependencies: ready after \d+ s\ntrue\n$/);
  const left = await run('ls', ['-A', project, join(project, 'local'), join(project, 'node_modules')]);
  expect(left.stdout).not.toMatch(/it-ran|half|setup\.lock/);
});
