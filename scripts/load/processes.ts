/** CPU and memory of the processes of a server on this machine, from `/proc`. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Of the clock that `/proc` counts CPU time with, in Hz: the same on all Linux machines (proc(5), sysconf(3)). */
const CLOCK_TICKS = 100;
const PAGE_BYTES = 4096;
/** The state of a listening socket in `/proc/net/tcp`. */
const LISTENING = '0A';

export interface Process {
  readonly pid: number;
  /** `node`, or `worker` for a media worker. */
  readonly name: string;
}

/** At one moment. */
export interface Usage {
  /** CPU time so far, in seconds. */
  readonly cpu: number;
  /** Resident memory, in bytes. */
  readonly memory: number;
}

/** The process that listens on a TCP port, and its media workers; empty where it is not on this machine, or another user's. */
export function serverProcesses(port: number): Process[] {
  const pid = listener(port);
  return pid === undefined ? [] : withWorkers(pid);
}

/** A process of Node, and the media workers that it has started. */
export function withWorkers(pid: number): Process[] {
  const workers = pids().filter((each) => parentOf(each) === pid && nameOf(each).startsWith('mediasoup'));
  return [{ pid, name: 'node' }, ...workers.map((worker) => ({ pid: worker, name: 'worker' }))];
}

/** Undefined when it has ended. */
export function usageOf(pid: number): Usage | undefined {
  const fields = statOf(pid);
  if (!fields) return undefined;
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS,
    memory: Number(fields[21]) * PAGE_BYTES,
  };
}

function listener(port: number): number | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)));
  return pids().find((pid) => socketsOf(pid).some((inode) => inodes.has(inode)));
}

function listeningInodes(file: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = textOf(file).trim().split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === LISTENING)
    .flatMap((fields) => fields[9] ?? []);
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap(
      (name) => /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${name}`))?.[1] ?? [],
    );
  } catch {
    return []; // it has ended, or is another user's
  }
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function nameOf(pid: number): string {
  return textOf(`/proc/${pid}/comm`).trim();
}

function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1]);
}

/** The fields of proc(5) from the third one on: the second, its name, may have spaces. */
function statOf(pid: number): string[] | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
