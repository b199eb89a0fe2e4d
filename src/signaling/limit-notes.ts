import type { Identity } from '../auth/claims.ts';
import type { Journal } from '../lib/journal.ts';
import { type Code, isLimit } from '../protocol/codes.ts';

interface Options {
  /** Whose limits they are. */
  identity: () => Identity;
  journal: Journal;
}

/** Notes in the journal which limits one session reaches. */
export class LimitNotes {
  readonly #options: Options;
  /** Most sessions reach none. */
  #refused: Set<string> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Notes a limit, by the name of its variable or its code. */
  add(limit: string): void {
    const { userId: user, room } = this.#options.identity();
    this.#options.journal({ kind: 'limit-reached', user, room, target: limit });
  }

  /** Notes a refusal to come in, where a limit is the reason. */
  turnedAway(code: Code): void {
    if (isLimit(code)) this.add(code);
  }

  /**
   * Notes the refusal of a request where a limit is the reason: the first one of its kind, and not each time that a
   * client tries. Returns whether it did.
   */
  refused(code: Code, method: string): boolean {
    const limit = `${code} ${method}`;
    if (!isLimit(code) || this.#refused?.has(limit)) return false;
    this.#refused ??= new Set();
    this.#refused.add(limit);
    this.add(limit);
    return true;
  }
}
