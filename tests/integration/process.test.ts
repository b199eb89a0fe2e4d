/** The process as an operator sees it: start, signals, exit, what is left, and what it logs. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { track } from '../support/media.ts';
import { type ServerProcess, startProcess } from '../support/process.ts';
import { RawClient } from '../support/raw-client.ts';

/** The ids of the processes whose parent is this one. */
function childrenOf(pid: number | undefined): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([id, parent]) => (parent === pid && id ? [id] : []));
}

async function joinAll(server: ServerProcess): Promise<RawClient[]> {
  const clients = await Promise.all(
    ['ann', 'bob', 'cas', 'dan'].map((user) => RawClient.join(server, server.token(user))),
  );
  for (const client of clients) await client.request('produce', track('mic'));
  return clients;
}

/** The lines of the log, without those that a closing may say. */
function noise(output: string): unknown[] {
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines.filter(({ level }) => ['warn', 'error', 'fatal'].includes(level));
}

describe('signals', () => {
  test.each([
    ['SIGTERM', 'the server'],
    ['SIGINT', 'the server'],
    ['SIGINT', 'its process group, as a terminal does'],
  ] as const)('%s to %s closes everything and exits with 0', async (signal, whom) => {
    const server = await startProcess();
    const clients = await joinAll(server);
    const workers = childrenOf(server.child.pid);
    expect(workers).toHaveLength(2);
    const pid = server.child.pid ?? 0;
    process.kill(whom === 'the server' ? pid : -pid, signal);
    const endings = await Promise.all(clients.map(({ closed }) => closed));
    expect(await server.exited).toBe(0);
    expect(endings).toEqual(clients.map(() => ({ close: 1001, reason: 'server_closing' })));
    // Each is told a time of its own to come back; two of them may be the same by chance.
    const delays = new Set(clients.map((client) => client.find('closing').retryAfter));
    expect(delays.size).toBeGreaterThan(1);
    expect(noise(server.output())).toEqual([]);
    expect(workers.filter((worker) => existsSync(`/proc/${worker}`))).toEqual([]);
  });

  test('while it closes, nobody is let in', async () => {
    const server = await startProcess();
    const client = await RawClient.join(server, server.token());
    client.socket.pause(); // it does not answer the close frame, so that closing takes a moment
    server.child.kill('SIGTERM');
    await expect.poll(server.output).toContain('"closing"');
    const late = await new Promise<number | string>((resolve) => {
      fetch(`${server.url}/health`).then(
        ({ status }) => resolve(status),
        (error) => resolve(error.cause.code),
      );
    });
    expect(late).toBe(503);
    await expect(RawClient.join(server, server.token('late'))).rejects.toThrow();
    expect(await server.exited).toBe(0);
    client.socket.terminate();
  });

  test('while it starts, one ends it without a word about workers that could not start', async () => {
    // All that is being started gets the signal too, as from a terminal.
    const interrupt =
      'import childProcess from "node:child_process"; import { syncBuiltinESMExports } from "node:module";' +
      'const { spawn } = childProcess; let left = 2; childProcess.spawn = (...args) => {' +
      'const child = spawn(...args); if (--left === 0) process.kill(0, "SIGINT"); return child; };' +
      'syncBuiltinESMExports();';
    const preload = `data:text/javascript,${encodeURIComponent(interrupt)}`;
    const error = await startProcess({}, ['--import', preload]).catch((thrown) => thrown);
    expect(String(error)).toMatch(/the server ended with 0: /);
    expect(String(error)).not.toMatch(/media worker|"level":"(warn|error|fatal)"/i);
  });

  test('a second signal ends it at once', async () => {
    const server = await startProcess();
    const client = await RawClient.join(server, server.token());
    client.socket.pause();
    server.child.kill('SIGTERM');
    await expect.poll(server.output).toContain('"closing"');
    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(1); // after a closing it would be 0
    client.socket.terminate();
  });
});

describe('faults', () => {
  test('an uncaught error is logged with its stack, and ends the process with 1 after closing', async () => {
    const bomb = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("a bug of ours")})';
    const server = await startProcess({}, ['--import', bomb]);
    const client = await RawClient.join(server, server.token());
    server.child.kill('SIGUSR2');
    expect(await client.closed).toEqual({ close: 1001, reason: 'server_closing' });
    expect(await server.exited).toBe(1);
    expect(server.output()).toMatch(/"level":"fatal".*a bug of ours.*\\n +at /);
  });

  test('a configuration with faults names all of them, and exits with 1', async () => {
    const start = startProcess({ JWT_SECRET: 'short', LOG_LEVEL: 'loud', MEDIA_PORT: 'x' });
    await expect(start).rejects.toThrow(/ended with 1[\s\S]*LOG_LEVEL[\s\S]*JWT_SECRET[\s\S]*MEDIA_PORT/);
  });

  test('a port that is taken is said in a sentence, and exits with 1', async () => {
    const first = await startProcess();
    const SERVER_ADDR = first.url.replace('http://', '');
    await expect(startProcess({ SERVER_ADDR })).rejects.toThrow(
      /ended with 1: SERVER_ADDR: port \d+ is in use/,
    );
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
  });

  test('a worker that dies is replaced, its room gets other media, and others go on', async () => {
    const server = await startProcess();
    const inRoom = (user: string, room: string) => RawClient.join(server, server.token(user, room));
    // Two workers, and the least loaded takes a room: these two rooms are on different ones.
    const clients = [await inRoom('ann', 'one'), await inRoom('bob', 'two')];
    const [worker] = childrenOf(server.child.pid);
    process.kill(worker ?? 0, 'SIGKILL');
    const resets = clients.map(async (client) => ({ client, ...(await client.next('mediaReset')) }));
    for (const waiting of resets) waiting.catch(() => {}); // the other one ends with the server
    const { client: lost, recv } = await Promise.race(resets);
    await lost.request('restoreMedia', { transportId: recv.id });
    await lost.request('produce', track('mic'));
    await expect.poll(() => childrenOf(server.child.pid).length).toBe(2);
    for (const client of clients) await client.settled();
    expect(clients.filter((client) => client.all('mediaReset').length > 0)).toEqual([lost]);
    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  });
});

describe('leftovers', () => {
  test('after a stop no process, socket, file or timer is left', async () => {
    // Without process.exit a process ends when nothing is left: timers, sockets, workers.
    const script = `
      import { startServer } from '${new URL('../support/server.ts', import.meta.url)}';
      import { RawClient } from '${new URL('../support/raw-client.ts', import.meta.url)}';
      import { track } from '${new URL('../support/media.ts', import.meta.url)}';
      const server = await startServer();
      const client = await RawClient.join(server);
      await client.request('produce', track('camera'));
      const silent = await RawClient.open(server, server.token({ user_id: 'silent' }));
      await server.close();
      console.log('closed', server.app.rooms.size, server.app.sessions());
    `;
    const folder = await mkdtemp(join(tmpdir(), 'aq-leftovers-'));
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      env: { ...process.env, TMPDIR: folder, HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said).toBe('closed 0 0\n');
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe('logs', () => {
  test.each([
    ['production', 'trace'],
    ['production', 'info'],
    ['development', 'trace'],
  ])('no token, secret or password is in the log of a run in %s at level %s', async (ENVIRONMENT, LOG_LEVEL) => {
    const server = await startProcess({ ENVIRONMENT, LOG_LEVEL });
    const token = server.token();
    const url = `${server.url}/aq_server/websocket`;
    const client = await RawClient.join(server, token);
    await client.request('chat', { text: 'something private' });
    await fetch(`${url}?token=${token}`);
    await fetch(`${server.url}/aq_server/validate`, { headers: { authorization: `Bearer ${token}x` } });
    await fetch(`${server.url}/nothing?password=hunter2`);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(
      `GET /aq_server/websocket?token=${token}%00 HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    );
    await once(socket.resume(), 'close');
    await client.close();
    server.child.kill('SIGTERM');
    await server.exited;
    const output = server.output();
    for (const part of token.split('.')) expect(output).not.toContain(part);
    expect(output).not.toMatch(/eyJ|hunter2|something private|tests-4Qx7vW2n/);
    if (ENVIRONMENT === 'development') return;
    const messages = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const msg of ['connected', 'joined', 'disconnected', 'refused']) {
      expect(messages.filter((line) => line.msg === msg).length).toBeGreaterThan(0);
    }
    const joined = messages.find((line) => line.msg === 'joined');
    expect(joined).toMatchObject({ level: 'info', room: 'default', user: 'alice', peer: client.id });
  });
});

describe('npm run drain', () => {
  test('stops the server when its last room is empty', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aq-drain-'));
    const server = await startProcess({ DATA_DIR: folder });
    const client = await RawClient.join(server, server.token('ann'));
    const drain = spawn(process.execPath, ['scripts/drain.ts'], {
      env: { ...process.env, DATA_DIR: folder },
      stdio: 'pipe',
    });
    await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(503);
    await client.request('chat', { text: 'the room goes on' });
    await client.close();
    expect(await server.exited).toBe(0);
    expect(await once(drain, 'exit')).toEqual([0, null]);
    await rm(folder, { recursive: true });
  });

  test('says where there is no server', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aq-drain-'));
    const drain = spawn(process.execPath, ['scripts/drain.ts'], {
      env: { ...process.env, DATA_DIR: folder },
      stdio: 'pipe',
    });
    const [text] = await once(drain.stderr, 'data');
    expect(String(text)).toBe(`No server runs on ${folder}. DATA_DIR names its folder.\n`);
    await rm(folder, { recursive: true });
  });
});
