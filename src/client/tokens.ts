import { sleep } from './backoff.ts';
import type { Signaling } from './signaling.ts';

/** Gets a token of this user for this room, as from a backend of the application. */
export type GetToken = () => string | Promise<string>;

/** How long after a failure a younger token is asked for again, in milliseconds. */
const AGAIN_MS = 5000;

/** The tokens of one room: the one to come with, and younger ones while the session goes on. */
export class Tokens {
  readonly #source: string | GetToken;

  constructor(source: string | GetToken) {
    this.#source = source;
  }

  /** Whether another one can be had when the last one has ended. */
  get renewable(): boolean {
    return typeof this.#source === 'function';
  }

  /** A token; the application makes a new one for each call if it gave a function. */
  async get(): Promise<string> {
    return typeof this.#source === 'function' ? await this.#source() : this.#source;
  }

  /** Brings the server a younger token while the last one is good. Does nothing where the application gave only one. */
  async refresh(request: Signaling['request'], expiresAt: number, signal: AbortSignal): Promise<void> {
    if (typeof this.#source !== 'function') return;
    while (Date.now() < expiresAt && !signal.aborted) {
      try {
        await request('refreshToken', { token: await this.#source() });
        return;
      } catch (error) {
        console.warn('the token was not renewed', error);
      }
      await sleep(AGAIN_MS, signal);
    }
  }
}
