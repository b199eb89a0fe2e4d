/** What the page tells its agent: what is wrong now, and what has happened to the connection. */
import { Emitter } from '../../emitter.ts';
import { type LogEntry, type LogLine, noted } from './connection-log.ts';
import { type Problem, problemOf } from './problems.ts';
import { ServerError } from './server.ts';

/** What a problem is about: at most one of each is shown. */
export type Subject = 'softphone' | 'events' | 'microphone' | 'network' | 'action';

export class Notices extends Emitter<{ changed: [] }> {
  readonly problems = new Map<Subject, Problem>();
  /** The newest line first. */
  log: readonly LogLine[] = [];

  /** Shows a problem in place of the one about the same subject; undefined removes it. */
  set(subject: Subject, problem: Problem | undefined): void {
    if (problem) this.problems.set(subject, problem);
    else this.problems.delete(subject);
    this.emit('changed');
  }

  /** An action is not possible, for a reason with a sentence of its own. */
  refuse(code: string): void {
    this.set('action', problemOf(new ServerError(code, code)));
  }

  note(entry: LogEntry): void {
    this.log = noted(this.log, entry);
    this.emit('changed');
  }
}
