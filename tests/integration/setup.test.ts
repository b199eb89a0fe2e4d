/** The commands of an operator, in this project as it is set up: nothing is brought or built but the pages. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { inProject, load, run, temporaryFolder, until } from '../support/scripts.ts';

const { isInstalled } = await load('dependencies');

let env: Record<string, string>;

beforeEach(async () => {
  // These commands would install what is not there, under the feet of all other tests.
  expect(await isInstalled()).toBe(true);
  env = {
    HOME: await temporaryFolder(),
    PATH: String(process.env.PATH),
    ENVIRONMENT: 'production',
    JWT_SECRET: 'setup-6Kp3VxQ9mTz2RwLd8HsNc5YbF7gJuEaB4',
    SERVER_ADDR: '127.0.0.1:0',
    MEDIA_LISTEN_ADDRESS: '127.0.0.1',
    MEDIA_PORT: '0',
    MEDIA_WORKERS: '1',
    ...(process.env.MEDIASOUP_WORKER_BIN && { MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN }),
  };
});

function start() {
  const child = spawn(process.execPath, [inProject('scripts/start.cjs')], {
    cwd: '/',
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGTERM');
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

/** The commands of the processes that this one has started and that run. */
async function childrenOf(pid: number): Promise<string[]> {
  const { stdout } = await run('ps', ['-o', 'args=', '--ppid', String(pid)]);
  return stdout.trim().split('\n');
}

describe('npm start', () => {
  test('listens, says nothing of a set-up where there is nothing to do, and ends with 0 on Ctrl-C', async () => {
    await run(process.execPath, [inProject('scripts/setup.js')], { env });
    const { child, output } = start();
    await until(() => output().includes('"listening"') || child.exitCode !== null);
    const lines = output().trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
    const port = /"port":(\d+)/.exec(output())?.[1];
    expect(await fetch(`http://127.0.0.1:${port}/health`)).toMatchObject({ status: 200 });
    // Nothing of the set-up is left beside it.
    const commands = await childrenOf(Number(child.pid));
    expect(commands).toEqual([expect.stringContaining(inProject('build/main.js'))]);

    process.kill(-Number(child.pid), 'SIGINT');
    process.kill(Number(child.pid), 'SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });

  test("ends with the server's status", async () => {
    const { status, stderr } = await run(process.execPath, [inProject('scripts/start.cjs')], {
      env: { ...env, SERVER_ADDR: 'nowhere' },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('SERVER_ADDR');
  });
});

describe('what cannot be had ends with one sentence and status 1', () => {
  test('a MEDIASOUP_WORKER_BIN that is no worker', async () => {
    const file = join(env.HOME ?? '', 'no worker');
    await writeFile(file, '#!/bin/sh\nexit 0\n');
    await chmod(file, 0o755);
    const { status, stdout, stderr } = await run(process.execPath, [inProject('scripts/setup.js')], {
      env: { ...env, MEDIASOUP_WORKER_BIN: file },
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      `MEDIASOUP_WORKER_BIN is "${file}", which does not answer as a worker: correct it or unset it.\n`,
    );
  });

  test('a CHROMIUM_PATH that is no program', async () => {
    const { status, stderr } = await run(process.execPath, [inProject('scripts/test.js')], {
      env: { ...env, CHROMIUM_PATH: '/nowhere/chromium' },
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'CHROMIUM_PATH is "/nowhere/chromium", which is no program: correct it or unset it.\n',
    );
  });
});

test('npm test with arguments runs these tests alone, and writes the report that .ci/run reads', async () => {
  const args = [inProject('scripts/test.js'), 'tests/unit/scripts/node.test.ts'];
  const file = join(env.HOME ?? '', 'report.json');
  const { status, stdout } = await run(process.execPath, args, {
    env: { ...env, CHROMIUM_PATH: '/bin/true', NO_COLOR: '1', VITEST_REPORT: file },
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/Test Files +1 passed \(1\)/);
  const [, passed] = /Tests +(\d+) passed/.exec(stdout) ?? [];
  const { default: report } = await import(file, { with: { type: 'json' } });
  expect(report).toMatchObject({ numPassedTests: Number(passed), numFailedTests: 0 });
});

/** Where the Node is that the set-up has brought. */
function cacheOfUser(): Record<string, string> {
  const { XDG_CACHE_HOME } = process.env;
  return { HOME: homedir(), ...(XDG_CACHE_HOME && { XDG_CACHE_HOME }) };
}

test('npm run audit runs with the Node of the set-up, whatever Node the machine has', async () => {
  const { scripts } = JSON.parse(await readFile(inProject('package.json'), 'utf8'));
  const [program = '', ...args] = scripts.audit.split(' ');
  const { status, stdout, stderr } = await run(program, args, {
    cwd: inProject(),
    env: { ...cacheOfUser(), PATH: String(env.PATH), DATA_DIR: await temporaryFolder() },
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^There is no audit yet: .+\n$/);
});

test('pm2 gets its file by require, on the Node of the machine too, and finds a Node that is there', async () => {
  const script = "console.log(JSON.stringify(require('./ecosystem.config.js').apps))";
  const { stdout, stderr } = await run('node', ['-e', script], {
    cwd: inProject(),
    env: { PATH: String(env.PATH) },
  });
  expect(stderr).toBe('');
  const [app, ...others] = JSON.parse(stdout);
  expect(others).toEqual([]);
  expect(app).toMatchObject({
    name: 'aq-server',
    cwd: inProject(),
    script: 'build/main.js',
    exec_mode: 'fork',
    instances: 1,
    treekill: false,
  });
  expect(existsSync(inProject(app.script))).toBe(true);
  expect(app.interpreter).toMatch(/node(\.exe)?$/);
});
