/** A server in a process of its own, as it runs in production, with limits that a bench does not reach. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type MakeToken, signedTokens } from '../load/tokens.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly makeToken: MakeToken;
  close(): Promise<void>;
}

/** Starts it with one media worker; resolves when it listens. @param more variables, as `.env.example` has them */
export async function startServerProcess(more: Record<string, string> = {}): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'aq-bench-'));
  const secret = randomBytes(32).toString('hex');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: {
      PATH: process.env.PATH,
      ENVIRONMENT: 'production',
      JWT_SECRET: secret,
      SERVER_ADDR: '127.0.0.1:0',
      MEDIA_LISTEN_ADDRESS: '127.0.0.1',
      MEDIA_PORT: '0',
      MEDIA_WORKERS: '1',
      DATA_DIR: dataDir,
      MAX_ROOMS: '10000',
      MAX_PEERS_PER_ROOM: '10000',
      MAX_CONSUMERS_PER_PEER: '10000',
      MAX_WAITING: '10000',
      CONNECTIONS_PER_MINUTE: '1000000',
      ...more,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await listeningPort(createInterface({ input: child.stdout }));
  child.stdout.resume();
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    makeToken: signedTokens(secret),
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      await rm(dataDir, { recursive: true });
    },
  };
}

async function listeningPort(lines: AsyncIterable<string>): Promise<number> {
  for await (const line of lines) {
    const { msg, port } = JSON.parse(line);
    if (msg === 'listening') return port;
  }
  throw new Error('the server did not start');
}
