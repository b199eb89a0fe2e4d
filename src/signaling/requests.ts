import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import type { Code } from '../protocol/codes.ts';
import type { AnswerFrame, RequestFrame } from '../protocol/frames.ts';

interface Options {
  /** Does what is asked; what it returns is the answer, and what it throws the error. */
  handle: (request: RequestFrame) => Promise<unknown>;
  /** Whether a request that was done can be answered anew, so that its answer, which may be large, need not be kept. */
  isRepeatable: (method: string) => boolean;
  /** The answer to such a request at this moment. */
  repeat: (request: RequestFrame) => unknown;
  /**
   * Tells of a request that was answered: with a result (`ok`), with the code of an error, or with what it was answered
   * before (`repeated`); and how long after its arrival, in milliseconds.
   */
  onAnswered: (request: RequestFrame, outcome: Outcome, ms: number) => void;
  logger: Logger;
}

export type Outcome = Code | 'ok' | 'repeated';

/** Where a request came from, and its answer goes: one socket of the session. */
export interface Asker {
  readonly closed: boolean;
  /** Does nothing when it is closed. */
  send(frame: string): void;
}

/** How many answers are kept, which is more than a client may have waited for. */
const MAX_KEPT_ANSWERS = 256;
/** How large the kept answers may be together, in bytes. */
const MAX_KEPT_BYTES = 65_536;

/**
 * The requests of one session, whichever of its sockets they come over: works on them one at a time, and remembers the
 * answers, so that one that is repeated after a lost socket is answered again and not done again.
 */
export class Requests {
  readonly #options: Options;
  readonly #queue = new SerialQueue();
  /** By the request's id, oldest first. */
  readonly #answers = new Map<number, { text: string; bytes: number }>();
  /** The last requests that can be answered anew. */
  readonly #repeatable = new Set<number>();
  #bytes = 0;
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
      const outcome = await this.#turn(request, asker);
      this.#options.onAnswered(request, outcome, performance.now() - cameAt);
    });
  }

  async #turn(request: RequestFrame, asker: Asker): Promise<Outcome> {
    if (!this.#isNew(request)) {
      asker.send(await this.#again(request));
      return 'repeated';
    }
    this.#lastId = request.id;
    const answer = await this.#answer(request, this.#options.handle);
    asker.send(this.#store(request, answer));
    return 'error' in answer ? answer.error.code : 'ok';
  }

  #isNew({ id }: RequestFrame): boolean {
    return id > this.#lastId;
  }

  /** Remembers an answer, and returns its text. */
  #store(request: RequestFrame, frame: AnswerFrame): string {
    const text = JSON.stringify(frame);
    if ('result' in frame && this.#options.isRepeatable(request.method)) this.#keepRepeatable(request.id);
    else this.#keep(request.id, text);
    return text;
  }

  /** What it was answered before, or would be answered now. */
  async #again(request: RequestFrame): Promise<string> {
    const kept = this.#answers.get(request.id);
    if (kept) return kept.text;
    const answerAnew = this.#repeatable.has(request.id) ? this.#options.repeat : refuse;
    return JSON.stringify(await this.#answer(request, answerAnew));
  }

  async #answer(request: RequestFrame, answer: (request: RequestFrame) => unknown): Promise<AnswerFrame> {
    const { id, method } = request;
    try {
      return { id, result: (await answer(request)) ?? {} };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'internal') {
        this.#options.logger.error({ err: error.cause ?? error, method }, 'request failed');
      }
      return { id, error: error.toWire() };
    }
  }

  #keep(id: number, text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#answers.set(id, { text, bytes });
    this.#bytes += bytes;
    for (const [oldest, kept] of this.#answers) {
      if (this.#answers.size <= MAX_KEPT_ANSWERS && this.#bytes <= MAX_KEPT_BYTES) return;
      this.#answers.delete(oldest);
      this.#bytes -= kept.bytes;
    }
  }

  #keepRepeatable(id: number): void {
    this.#repeatable.add(id);
    const [oldest = id] = this.#repeatable;
    if (this.#repeatable.size > MAX_KEPT_ANSWERS) this.#repeatable.delete(oldest);
  }
}

function refuse(): never {
  throw new AppError('id_taken', 'this was answered long ago');
}
