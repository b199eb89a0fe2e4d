/** Finds the process that uses a port of this machine. Works on Linux, from /proc. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortOwner {
  readonly pid: number;
  /** The name of its program, without arguments. */
  readonly name: string;
}

/** TCP_LISTEN of the kernel's net/tcp_states.h, as /proc/net/tcp writes it. */
const LISTENING = '0A';

/** The process that listens on a port, at any address; undefined if it cannot be determined. */
export function findPortOwner(protocol: 'tcp' | 'udp', port: number): PortOwner | undefined {
  const inodes = new Set([protocol, `${protocol}6`].flatMap((table) => inodesOf(table, port)));
  if (inodes.size === 0) return undefined;
  const pid = list('/proc').find((entry) => /^\d+$/.test(entry) && holdsSocket(entry, inodes));
  return pid === undefined ? undefined : { pid: Number(pid), name: read(`/proc/${pid}/comm`).trim() };
}

/** proc_net_tcp(5): the local address is the second field, the state the fourth, the inode the tenth. */
function inodesOf(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = read(`/proc/net/${table}`).split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(
      ([, local, , state]) => local?.endsWith(suffix) && (table.startsWith('udp') || state === LISTENING),
    )
    .flatMap((fields) => fields[9] ?? []);
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

/** Returns a fallback on errors: processes may end meanwhile, and descriptors of other users' processes are not readable. */
function orElse<T>(fallback: T, look: () => T): T {
  try {
    return look();
  } catch {
    return fallback;
  }
}

const list = (path: string) => orElse<string[]>([], () => readdirSync(path));
const read = (path: string) => orElse('', () => readFileSync(path, 'utf8'));
const readLink = (path: string) => orElse('', () => readlinkSync(path));
