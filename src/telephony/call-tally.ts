/** What an operator reads of call events: how many came and went, and what went wrong lately. */
import { RecentCount } from '../lib/recent-count.ts';

/** Counts since the start of the process; errors of the last five minutes. */
export class CallTally {
  /** Events that were stored. */
  eventsIn = 0;
  /** Events that were sent, one for each agent. */
  eventsOut = 0;
  readonly #errors: RecentCount;

  /** @param now milliseconds of any clock that does not go back */
  constructor(now?: () => number) {
    this.#errors = new RecentCount(now);
  }

  /** A webhook was refused or could not be stored, or an agent has sent what is no message. */
  error(): void {
    this.#errors.add();
  }

  get recentErrors(): number {
    return this.#errors.value;
  }
}
