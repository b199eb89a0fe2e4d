import { RecentCount } from './recent-count.ts';

/** How many requests the server has answered in the last five minutes, and how many it has failed at. */
export class ErrorRate {
  readonly #requests = new RecentCount();
  readonly #errors = new RecentCount();

  /** @param isError whether the fault was the server's own */
  note(isError: boolean): void {
    this.#requests.add();
    if (isError) this.#errors.add();
  }

  get requests(): number {
    return this.#requests.value;
  }

  get errors(): number {
    return this.#errors.value;
  }
}
