/** `--help` of each script of `package.json`, with the Node of the machine and in a project where nothing is set up. */
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inProject, run } from '../../support/scripts.ts';

const { scripts } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Biome has a help of its own. */
const own = Object.entries(scripts).filter(([, command]) => !command.startsWith('biome '));

let folder: string;
let cwd: string;
let home: string;
let before: string[];

/** The project as it is cloned, without what no script needs for its help. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aq server '));
  [cwd, home] = [join(folder, 'project'), join(folder, 'home')];
  await mkdir(home);
  for (const part of ['package.json', 'package-lock.json', '.env.example', 'generate-token.js', 'scripts']) {
    await cp(inProject(part), join(cwd, part), { recursive: true });
  }
  before = await readdir(cwd, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

test.each(own)('npm run %s -- --help prints its usage and does nothing else', async (_name, command) => {
  const [program = '', ...args] = command.split(' ');
  const { status, stdout, stderr } = await run(program, [...args, '--help'], { cwd, env: { HOME: home } });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: /);
  expect(await readdir(cwd, { recursive: true })).toEqual(before);
  expect(await readdir(home)).toEqual([]);
});

test('each script that runs TypeScript is started by scripts/run.js, which knows it', async () => {
  expect(own.filter(([, command]) => command.includes('.ts'))).toEqual([]);
  const launched = own.filter(([, command]) => command.startsWith('node scripts/run.js '));
  for (const [name, command] of launched) expect(command).toBe(`node scripts/run.js ${name}`);
  const { status, stderr } = await run('node', [inProject('scripts/run.js'), 'nothing']);
  expect(status).toBe(2);
  for (const [name] of launched) expect(stderr).toContain(name);
});
