import type { Code } from '../protocol/codes.ts';
import { AppError } from './errors.ts';

interface Closable {
  close(code: Code): void;
}

/**
 * Answers, after an await, whether the owner is still open, and closes what arrives too late.
 *
 * An owner closes its closer first; whatever was on its way then is closed the moment it arrives, and the one who
 * waits for it gets an `AppError` with the code of the closing.
 */
export class Closer {
  #closedWith: Code | undefined;

  get closed(): boolean {
    return this.#closedWith !== undefined;
  }

  /** The code of the closing; undefined while the owner is open. */
  get closedWith(): Code | undefined {
    return this.#closedWith;
  }

  /** Closes; false if it was closed before, so that the owner's `close()` happens once. */
  close(code: Code): boolean {
    if (this.#closedWith) return false;
    this.#closedWith = code;
    return true;
  }

  /** Throws the code of the closing if the owner has closed. */
  assertOpen(): void {
    if (this.#closedWith) throw new AppError(this.#closedWith);
  }

  /** Waits for something closable; if the owner closed meanwhile, closes it and throws the code of the closing. */
  async adopt<T extends Closable>(arriving: Promise<T>): Promise<T> {
    const arrived = await this.#arrival(arriving);
    if (this.#closedWith) {
      arrived.close(this.#closedWith);
      throw new AppError(this.#closedWith);
    }
    return arrived;
  }

  /** Waits for something that needs no closing; throws the code of the closing if the owner closed meanwhile. */
  async wait<T>(arriving: Promise<T>): Promise<T> {
    const arrived = await this.#arrival(arriving);
    this.assertOpen();
    return arrived;
  }

  /** What fails after the closing failed because of it. */
  async #arrival<T>(arriving: Promise<T>): Promise<T> {
    try {
      return await arriving;
    } catch (error) {
      this.assertOpen();
      throw error;
    }
  }
}
