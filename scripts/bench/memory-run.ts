/** One server in production, and clients in a process of their own that join its rooms. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SECRET } from '../../tests/support/server.ts';
import { serverCommand } from '../setup/launch.js';

/** What a process takes, in KiB. */
export interface Memory {
  /** All of its pages that are in memory. */
  readonly rss: number;
  /** The same, where each page that several processes share counts in part. */
  readonly pss: number;
  /** What belongs to no file. */
  readonly anonymous: number;
}

/** How long a server may come to rest before it is looked at, in milliseconds. */
const SETTLE_MS = 3000;
const CLIENTS = fileURLToPath(new URL('memory-clients.ts', import.meta.url));

/** Measures one server before and after so many peers have joined, in rooms of this size. */
export async function measureMemory(crowd: {
  peers: number;
  size: number;
}): Promise<{ idle: Memory; joined: Memory }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'aq-bench-'));
  const { child, port } = await start(dataDir);
  try {
    const idle = await settled(child);
    const clients = await joinAll(port, crowd);
    const joined = await settled(child);
    await end(clients);
    return { idle, joined };
  } finally {
    await end(child);
    await rm(dataDir, { recursive: true });
  }
}

async function start(dataDir: string): Promise<{ child: ChildProcess; port: number }> {
  const environment = {
    ENVIRONMENT: 'production',
    JWT_SECRET: SECRET,
    SERVER_ADDR: '127.0.0.1:0',
    MEDIA_LISTEN_ADDRESS: '127.0.0.1',
    MEDIA_PORT: '0',
    MEDIA_WORKERS: '1',
    CONNECTIONS_PER_MINUTE: '100000',
    DATA_DIR: dataDir,
  };
  Object.assign(process.env, environment); // which decides what is started
  const { command, args, cwd, env } = serverCommand();
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /"port":(\d+).*"listening"/.exec(line)?.[1];
    if (!port) continue;
    child.stdout.resume();
    return { child, port: Number(port) };
  }
  throw new Error('the server did not start');
}

/** Resolves when all have joined. */
async function joinAll(port: number, { peers, size }: { peers: number; size: number }) {
  const args = ['--disable-warning=ExperimentalWarning', CLIENTS, String(port), String(peers), String(size)];
  const clients = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await Promise.race([once(clients.stdout, 'data'), once(clients, 'exit')]);
  if (String(line).trim() !== 'joined') throw new Error('the clients could not join');
  return clients;
}

async function settled({ pid }: ChildProcess): Promise<Memory> {
  await sleep(SETTLE_MS);
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const smaps = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    rss: kibibytes(status, 'VmRSS'),
    pss: kibibytes(smaps, 'Pss'),
    anonymous: kibibytes(status, 'RssAnon'),
  };
}

function kibibytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}
