/** The server under the real pm2, with a home of the test's own. pm2 is run, never imported. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';
import { SECRET } from '../support/server.ts';

const PROJECT = join(import.meta.dirname, '../..');
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let home: string;
let url: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aq-pm2-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
    PM2_HOME: home,
    ENVIRONMENT: 'production',
    JWT_SECRET: SECRET,
    SERVER_ADDR: `127.0.0.1:${port}`,
    MEDIA_LISTEN_ADDRESS: '127.0.0.1',
    MEDIA_PORT: '0',
    DATA_DIR: join(home, 'data'),
    MEDIA_WORKERS: '1',
  };
});
afterAll(async () => {
  await pm2('kill');
  await rm(home, { recursive: true });
});

async function pm2(...args: string[]): Promise<string> {
  const bin = join(PROJECT, 'node_modules/pm2/bin/pm2');
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args], { cwd: PROJECT, env });
  return stdout;
}

interface Listed {
  name: string;
  pid: number;
  pm2_env: {
    status: string;
    exec_mode: string;
    restart_time: number;
    treekill: boolean;
    exec_interpreter: string;
  };
}

/** What pm2 says that it runs. */
async function list(): Promise<Listed[]> {
  const output = await pm2('jlist');
  return JSON.parse(output.slice(output.indexOf('[{')));
}

/** Has pm2 run it, whatever was before. */
async function running(): Promise<Listed> {
  await pm2('startOrRestart', 'ecosystem.config.js');
  await healthy();
  const [listed] = await list();
  if (!listed) throw new Error('pm2 runs nothing');
  return listed;
}

function healthy(): Promise<void> {
  return expect
    .poll(
      () =>
        fetch(`${url}/health`).then(
          ({ status }) => status,
          () => 0,
        ),
      { interval: 200 },
    )
    .toBe(200);
}

function joined(user_id: string): Promise<RawClient> {
  const token = () => mintToken({ user_id }, { secret: SECRET, ttlSeconds: 600 }).token;
  return RawClient.join({ url, token });
}

test('starts one aq-server in fork mode, which takes calls', async () => {
  await running();
  expect(await list()).toMatchObject([
    { name: 'aq-server', pm2_env: { status: 'online', exec_mode: 'fork_mode', treekill: false } },
  ]);
  const client = await joined('ann');
  await client.close();
});

test('a reload is a stop and a start: peers are told, nobody is killed', async () => {
  const before = await running();
  const client = await joined('ann');
  await pm2('reload', 'aq-server');
  expect(await client.closed).toEqual({ close: 1001, reason: 'server_closing' });
  expect(client.find('closing').retryAfter).toBeGreaterThanOrEqual(0);
  await healthy();
  const [after] = await list();
  expect(after?.pid).not.toBe(before.pid);
  await expect.poll(() => existsSync(`/proc/${before.pid}`)).toBe(false);
});

test('after a kill -9 it is started anew', async () => {
  const before = await running();
  process.kill(before.pid, 'SIGKILL');
  await expect.poll(async () => (await list())[0]?.pid, { interval: 300 }).not.toBe(before.pid);
  await healthy();
  const client = await joined('ann');
  await client.close();
});

test('its lines are in the logs of pm2, as JSON', async () => {
  await running();
  const client = await joined('ann');
  await client.close();
  await pm2('stop', 'aq-server');
  const files = (await readdir(join(home, 'logs'))).filter((name) => name.startsWith('aq-server-out'));
  // pm2 writes them as they come, and may be at it still.
  const messages = async () => {
    const texts = await Promise.all(files.map((name) => readFile(join(home, 'logs', name), 'utf8')));
    const lines = texts.flatMap((text) => text.split('\n').slice(0, -1));
    return lines.map((line) => JSON.parse(line).msg);
  };
  await expect
    .poll(messages)
    .toEqual(expect.arrayContaining(['listening', 'connected', 'joined', 'closing']));
});

test('after a stop nothing of it is left', async () => {
  const before = await running();
  await pm2('stop', 'aq-server');
  await expect.poll(() => existsSync(`/proc/${before.pid}`)).toBe(false);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});
