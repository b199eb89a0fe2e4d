/** What the tests of the set-up share. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The project's folder, or a path in it. */
export function inProject(path = ''): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** A module of the set-up. It is JavaScript, with types that `scripts/tsconfig.json` checks. */
export function load(name: string) {
  return import(new URL(`../../scripts/setup/${name}.js`, import.meta.url).href);
}

/** A folder with spaces in its name that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aq server '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

/** Runs a program to its end, without input and with these variables alone (and PATH). */
export async function run(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const began = performance.now();
  const child = spawn(command, args, {
    ...(options.cwd && { cwd: options.cwd }),
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  return { status, stdout, stderr, milliseconds: performance.now() - began };
}

/** Resolves when this holds. The test's own time limit ends the waiting. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Whether this process runs; one that has ended and that nobody has asked about yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
