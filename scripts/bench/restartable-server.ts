/** A server in a process of its own, behind proxies, that can be killed and started again at the same address. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { mintToken } from '../../src/auth/tokens.ts';
import { proxy } from '../../tests/support/far-server.ts';
import { freePort } from '../../tests/support/ports.ts';
import { SECRET } from '../../tests/support/server.ts';

const METRICS_TOKEN = 'bench-2Vn8XqLs5KpWd7RtYz3HcFm6GjBu9TaE4';
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface RestartableServer {
  readonly url: string;
  /** Its own address, without the proxies. */
  readonly direct: string;
  token(user: string, room?: string): string;
  /** What Prometheus would read. */
  metrics(): Promise<string>;
  /** Kills it, and resolves when another one listens. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** @param more variables, as `.env.example` has them */
export async function restartableServer(more: Record<string, string> = {}): Promise<RestartableServer> {
  const [port, mediaPort] = [await freePort(), await freePort()];
  const dataDir = await mkdtemp(join(tmpdir(), 'aq-bench-'));
  const variables = {
    ENVIRONMENT: 'production',
    JWT_SECRET: SECRET,
    SERVER_ADDR: `127.0.0.1:${port}`,
    MEDIA_LISTEN_ADDRESS: '127.0.0.1',
    MEDIA_ANNOUNCED_ADDRESS: '127.0.0.2',
    MEDIA_PORT: String(mediaPort),
    MEDIA_WORKERS: '1',
    DATA_DIR: dataDir,
    METRICS_TOKEN,
    ...more,
  };
  const proxies = [await proxy(0, port), await proxy(mediaPort, mediaPort)] as const;
  let child = await start(variables);
  return {
    url: `http://127.0.0.2:${proxies[0].port}`,
    direct: `http://127.0.0.1:${port}`,
    token: (user_id, room = 'faults') =>
      mintToken({ user_id, room, user_type: 'host' }, { secret: SECRET, ttlSeconds: 3600 }).token,
    async metrics() {
      const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
      return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
    },
    async restart() {
      await kill(child);
      child = await start(variables);
    },
    async close() {
      await kill(child);
      for (const each of proxies) await each.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Resolves when it listens. */
async function start(variables: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: { PATH: process.env.PATH, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('"listening"')) break;
  }
  child.stdout.resume();
  return child;
}
