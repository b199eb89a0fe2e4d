/** Asks tests about faults, in a process that is ended where a fault has it hang. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';
import type { Question } from './worker.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** An endless loop is ended after this, in milliseconds. */
const HANG_MS = 120_000;

export class MutationRunner {
  #child: ChildProcess | undefined;

  /** Whether these test files pass, with this fault or with none. */
  async passes(tests: readonly string[], mutant?: Mutant): Promise<boolean> {
    const child = await this.#started();
    const answered = once(child, 'message').then(([{ passed }]) => Boolean(passed));
    const ended = once(child, 'exit').then(() => false);
    const question: Question = { tests, mutant };
    child.send(question);
    const timer = setTimeout(() => this.close(), HANG_MS);
    const passed = await Promise.race([answered, ended]);
    clearTimeout(timer);
    if (child.exitCode !== null) this.#child = undefined;
    return passed;
  }

  close(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL'); // the tests run in threads of it
  }

  async #started(): Promise<ChildProcess> {
    if (this.#child) return this.#child;
    const child = fork(WORKER, [ROOT], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    await once(child, 'message');
    return child;
  }
}
