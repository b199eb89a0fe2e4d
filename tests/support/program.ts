/** Programs of the guides, started as their readers do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Program {
  readonly child: ChildProcess;
  /** All that it wrote so far. */
  output(): string;
  /** Resolves to the first match in what it writes; rejects with all of it when the program ends before. */
  wrote(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Whether a command of this name is on the PATH, or in the folders of the system's programs. */
export function hasCommand(name: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts a program with these variables alone (and PATH and HOME). It ends with the test. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Program {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    ...(options.cwd && { cwd: options.cwd }),
    env: { PATH: `${PATH}:/usr/sbin`, HOME, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let ended = false;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      tell();
    });
  }
  child.on('error', (error) => {
    output += error.message;
  });
  child.on('close', () => {
    ended = true;
    tell();
  });
  onTestFinished(() => {
    if (child.pid === undefined || ended) return;
    try {
      process.kill(-child.pid, 'SIGKILL'); // what it started ends with it: `go run` starts what it has built
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone, and not told yet
    }
  });
  return {
    child,
    output: () => output,
    wrote: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (!match && !ended) return;
          listeners.delete(look);
          if (match) resolve(match);
          else reject(new Error(`it ended without ${pattern}: ${output}`));
        };
        listeners.add(look);
        look();
      }),
  };
}
