/** The server as its own process, as an operator runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { SECRET } from './server.ts';

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** All that it wrote so far. */
  output(): string;
  token(user_id?: string, room?: string): string;
  /** Resolves to the exit status; null where a signal ended it. */
  readonly exited: Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A machine at work takes its time. */
const START_TIMEOUT_MS = 60_000;

/**
 * Starts `src/main.ts` and resolves when it listens; rejects with its output if it ends before. It ends with the test at
 * the latest.
 */
export async function startProcess(
  variables: Record<string, string> = {},
  nodeOptions: string[] = [],
  /** What starts Node, with its arguments; nothing by default. */
  starter: readonly string[] = [],
): Promise<ServerProcess> {
  const [command = '', ...args] = [...starter, process.execPath, ...nodeOptions, MAIN];
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      NODE_OPTIONS: '',
      ENVIRONMENT: 'production',
      JWT_SECRET: SECRET,
      SERVER_ADDR: '127.0.0.1:0',
      MEDIA_LISTEN_ADDRESS: '127.0.0.1',
      MEDIA_PORT: '0',
      MEDIA_WORKERS: '2',
      OVERLOAD_LOOP_DELAY: '0',
      OVERLOAD_WORKER_CPU: '0',
      OVERLOAD_WORKER_DELAY: '0',
      DATA_DIR: temporaryFolder(),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: a test may send a signal to all of it, as a terminal does.
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const exited = once(child, 'exit').then(([status]) => status as number | null);
  const port = await listening(() => output, exited);
  return {
    child,
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    token: (user_id = 'alice', room = 'default') =>
      mintToken({ user_id, room }, { secret: SECRET, ttlSeconds: 600 }).token,
    exited,
  };
}

/** A folder that is gone when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aq-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function listening(output: () => string, exited: Promise<number | null>): Promise<number> {
  let status: number | null | undefined;
  void exited.then((value) => {
    status = value;
  });
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; ) {
    // As JSON, and as it is pretty.
    const port = /"port":(\d+).*"listening"|listening\s+port: (\d+)/.exec(output())?.slice(1).find(Boolean);
    if (port) return Number(port);
    if (status !== undefined) throw new Error(`the server ended with ${status}: ${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the server does not listen: ${output()}`);
}
