/** Which cores processes run on: a media worker gets one for itself, so that its limit is its own. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Target } from './forward-target.ts';

/** Gives the workers the first core, and all others the rest. Tells whether that could be done. */
export function pin({ processes, generator }: Target): boolean {
  const cores = availableParallelism();
  if (cores < 2) return false;
  try {
    for (const { pid, name } of processes) runOn(pid, name === 'node' ? `1-${cores - 1}` : '0');
    for (const pid of [generator.pid, process.pid]) runOn(pid, `1-${cores - 1}`);
    return true;
  } catch {
    return false; // there is no taskset
  }
}

/** With all threads of the process. */
function runOn(pid: number, cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], { stdio: 'ignore' });
}
