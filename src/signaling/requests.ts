import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import type { AnswerFrame, RequestFrame } from '../protocol/frames.ts';

interface Options {
  /** Does what is asked; what it returns is the answer, and what it throws the error. */
  handle: (request: RequestFrame) => Promise<unknown>;
  /** Tells of a request that was worked on: how long from its coming to its answer, in milliseconds. */
  onAnswered: (request: RequestFrame, ms: number) => void;
  logger: Logger;
}

/** Where a request came from, and its answer goes: one socket of the session. */
export interface Asker {
  readonly closed: boolean;
  /** Does nothing when it is closed. */
  send(frame: string): void;
}

/** How many answers are kept, which is more than a client may have waited for. */
const KEPT_ANSWERS = 256;
/** How many characters they may have together; the last one is kept whatever it has. */
const KEPT_CHARACTERS = 1_048_576;

/**
 * The requests of one session, whichever of its sockets they come over: works on them one at a time, and remembers the
 * answers, so that one that is repeated after a lost socket is answered again and not done again.
 */
export class Requests {
  readonly #options: Options;
  readonly #queue = new SerialQueue();
  /** By the request's id, oldest first. */
  readonly #answers = new Map<number, string>();
  #characters = 0;
  /** The highest id that was ever worked on: they rise. */
  #lastId = -1;

  constructor(options: Options) {
    this.#options = options;
  }

  /** How many wait or are worked on. */
  get length(): number {
    return this.#queue.length;
  }

  /** Works on a request in its turn, unless its socket is gone by then: its client will ask again. */
  take(request: RequestFrame, asker: Asker): void {
    const cameAt = performance.now();
    void this.#queue.run(async () => {
      if (asker.closed) return;
      await this.#turn(request, asker);
      this.#options.onAnswered(request, performance.now() - cameAt);
    });
  }

  async #turn(request: RequestFrame, asker: Asker): Promise<void> {
    asker.send(this.#isNew(request) ? await this.#work(request) : this.#again(request));
  }

  #isNew({ id }: RequestFrame): boolean {
    return id > this.#lastId;
  }

  async #work(request: RequestFrame): Promise<string> {
    this.#lastId = request.id;
    const answer = JSON.stringify(await this.#answer(request));
    this.#keep(request.id, answer);
    return answer;
  }

  /** What it was answered before. */
  #again({ id }: RequestFrame): string {
    const forgotten = new AppError('id_taken', 'this was answered long ago');
    return this.#answers.get(id) ?? JSON.stringify({ id, error: forgotten.toWire() });
  }

  async #answer(request: RequestFrame): Promise<AnswerFrame> {
    const { id, method } = request;
    try {
      return { id, result: (await this.#options.handle(request)) ?? {} };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'internal') {
        this.#options.logger.error({ err: error.cause ?? error, method }, 'request failed');
      }
      return { id, error: error.toWire() };
    }
  }

  #keep(id: number, answer: string): void {
    this.#answers.set(id, answer);
    this.#characters += answer.length;
    for (const [oldest, { length }] of this.#answers) {
      const fits = this.#answers.size <= KEPT_ANSWERS && this.#characters <= KEPT_CHARACTERS;
      if (fits || this.#answers.size === 1) return;
      this.#answers.delete(oldest);
      this.#characters -= length;
    }
  }
}
