/** A real STUN and TURN server: Debian's coturn, on free ports of loopback. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { freePort } from './ports.ts';

/** A machine at work takes its time. */
const START_TIMEOUT_MS = 20_000;

export interface Coturn {
  readonly host: string;
  /** UDP and TCP. */
  readonly port: number;
  /** All that it wrote so far. */
  output(): string;
}

/**
 * Starts coturn, and resolves when it takes connections; it ends with the test at the latest.
 * @param options such as `--lt-cred-mech --user=name:password`, or `--use-auth-secret --static-auth-secret=…`
 */
export async function startCoturn(...options: string[]): Promise<Coturn> {
  const host = '127.0.0.1';
  const port = await freePort();
  const child = spawn(
    'turnserver',
    [
      '-n', // no configuration file
      `--listening-ip=${host}`,
      `--relay-ip=${host}`,
      `--listening-port=${port}`,
      '--realm=test.example',
      '--allow-loopback-peers',
      '--no-cli',
      '--no-tls',
      '--no-dtls',
      '--log-file=stdout',
      '--pidfile=/dev/null',
      ...options,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; ) {
    if (await listens(host, port)) return { host, port, output: () => output };
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`coturn does not listen: ${output}`);
}

function listens(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
