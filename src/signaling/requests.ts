import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import type { AnswerFrame, RequestFrame } from '../protocol/frames.ts';

interface Options {
  /** Does what is asked; what it returns is the answer, and what it throws the error. */
  handle: (request: RequestFrame) => Promise<unknown>;
  /** Whether a request that was done can be answered anew, so that its answer, which may be large, need not be kept. */
  isRepeatable: (method: string) => boolean;
  /** The answer to such a request at this moment. */
  repeat: (request: RequestFrame) => unknown;
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
      await this.#turn(request, asker);
      this.#options.onAnswered(request, performance.now() - cameAt);
    });
  }

  async #turn(request: RequestFrame, asker: Asker): Promise<void> {
    asker.send(this.#isNew(request) ? await this.#work(request) : await this.#again(request));
  }

  #isNew({ id }: RequestFrame): boolean {
    return id > this.#lastId;
  }

  async #work(request: RequestFrame): Promise<string> {
    this.#lastId = request.id;
    const frame = await this.#answer(request, this.#options.handle);
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
