/** Which cores processes run on: a media worker gets one for itself, so that its limit is its own. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Target } from './forward-target.ts';

/**
 * Gives what forwards the first core, and the server's Node and the generator the rest. Tells whether that could be done.
 * @param realtime whether nothing else gets time on the first core while it has something to do, which needs root
 */
export function pin({ processes, generator }: Target, realtime: boolean): boolean {
  const cores = cpus().length;
  if (cores < 2) return false;
  try {
    for (const { pid, name } of processes) {
      runOn(pid, name === 'node' ? `1-${cores - 1}` : '0');
      if (name !== 'node' && realtime) command('chrt', '--all-tasks', '--fifo', '--pid', '1', String(pid));
    }
    runOn(generator.pid, `1-${cores - 1}`);
    return true;
  } catch {
    return false; // there is no taskset
  }
}

/** With all threads of the process. */
function runOn(pid: number, cores: string): void {
  command('taskset', '--all-tasks', '--cpu-list', '--pid', cores, String(pid));
}

function command(name: string, ...args: string[]): void {
  execFileSync(name, args, { stdio: 'ignore' });
}
