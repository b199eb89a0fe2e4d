/**
 * A network of its own for a process and what it starts: Firefox's ICE leaves loopback out, so a call on one machine needs
 * an address on another interface, and a test must not change the machine's own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The address of the network, on one end of a veth pair; the other end makes the link come up. */
export const NAMESPACE_ADDRESS = '10.201.0.1';

const SET_UP = [
  'ip link set lo up',
  'ip link add aq0 type veth peer name aq1',
  `ip address add ${NAMESPACE_ADDRESS}/24 dev aq0`,
  'ip link set aq0 up',
  'ip link set aq1 up',
].join(' && ');

/** Why there can be no network of its own on this machine; undefined where there can. */
export async function whyNoNamespace(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `network namespaces are Linux's, and this is ${process.platform}`;
  const { status, output } = await runInNamespace('true', []);
  if (status === 0) return undefined;
  const who = process.getuid?.() === 0 ? 'root, without CAP_SYS_ADMIN or iproute2' : 'an ordinary user';
  return `no network namespace with a veth pair could be made as ${who}: ${output.trim() || `status ${status}`}`;
}

/** Runs a program there to its end, or until it is aborted, with all that it has started. */
export async function runInNamespace(
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ status: number | null; output: string }> {
  // Where users may have namespaces of their own, no root is needed.
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const script = `${SET_UP} && exec "$@"`;
  // A namespace of processes too: all of them end with the first one.
  const child = spawn(
    'unshare',
    ['--net', '--pid', '--fork', '--kill-child', ...user, 'sh', '-c', script, 'sh', command, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], killSignal: 'SIGKILL', ...(signal && { signal }) },
  );
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const [status] = await Promise.race([
    once(child, 'close'),
    once(child, 'error').then(([error]) => {
      chunks.push(Buffer.from(String(error)));
      return [null];
    }),
  ]);
  return { status, output: Buffer.concat(chunks).toString() };
}
