import type { PhoneState } from '../../phone/phone-options.ts';

/** What happened to the connection; `state` and `fact` are said in the page's language. */
export interface LogEntry {
  state?: PhoneState['name'];
  fact?: 'renewed' | 'eventsOn' | 'eventsOff';
  text?: string;
}

export interface LogLine extends LogEntry {
  /** Milliseconds since 1970-01-01 UTC. */
  at: number;
}

/** How many lines are kept. */
const KEPT = 100;

/** The log with a line more; the newest line is the first. */
export function noted(log: readonly LogLine[], entry: LogEntry): readonly LogLine[] {
  return [{ at: Date.now(), ...entry }, ...log].slice(0, KEPT);
}
