/** What an operator reads of call events: how many came and went, and what went wrong lately. */

/** How far back errors count, in seconds. */
const RECENT_SECONDS = 300;

/** Counts since the start of the process; errors of the last five minutes. */
export class CallTally {
  /** Events that were stored. */
  eventsIn = 0;
  /** Events that were sent, one for each agent. */
  eventsOut = 0;
  readonly #now: () => number;
  /** By second. */
  readonly #errors = new Map<number, number>();

  /** @param now milliseconds of any clock that does not go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A webhook was refused or could not be stored, or an agent has sent what is no message. */
  error(): void {
    this.#forget();
    const second = this.#second();
    this.#errors.set(second, (this.#errors.get(second) ?? 0) + 1);
  }

  get recentErrors(): number {
    this.#forget();
    return this.#errors.values().reduce((sum, count) => sum + count, 0);
  }

  #second(): number {
    return Math.floor(this.#now() / 1000);
  }

  #forget(): void {
    const oldest = this.#second() - RECENT_SECONDS;
    for (const second of this.#errors.keys()) if (second <= oldest) this.#errors.delete(second);
  }
}
