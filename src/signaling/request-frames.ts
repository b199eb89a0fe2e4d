import { AppError } from '../lib/errors.ts';
import type { AnswerFrame, RequestFrame } from '../protocol/frames.ts';
import type { Connection, FrameReader, Protocol } from './connection.ts';
import { parseRequest } from './parse-request.ts';

/** What works on the requests of a connection. */
export interface RequestTaker {
  /** How many wait or are worked on. */
  readonly length: number;
  take(request: RequestFrame, connection: Connection): void;
}

interface Options {
  requests: RequestTaker;
  /** Requests that may wait behind the one at work. */
  maxQueuedRequests: number;
}

/** The protocol `aq.v1`, as far as requests go: hands over those that can be worked on, and refuses the others. */
export function speakRequests(options: Options): Protocol {
  return (connection) => new RequestFrames(connection, options);
}

class RequestFrames implements FrameReader {
  readonly #connection: Connection;
  readonly #options: Options;
  #lastId = -1;

  constructor(connection: Connection, options: Options) {
    this.#connection = connection;
    this.#options = options;
  }

  read(text: string | undefined): void {
    const request = parseRequest(text);
    if ('error' in request) this.#refuse(request.id, request.error);
    else if (request.id <= this.#lastId) this.#refuse(request.id, new AppError('id_taken', 'ids must rise'));
    else this.#enqueue(request);
  }

  refuse(text: string | undefined): void {
    this.#refuse(parseRequest(text).id, new AppError('rate_limited'));
  }

  #enqueue(request: RequestFrame): void {
    const { requests, maxQueuedRequests } = this.#options;
    this.#lastId = request.id;
    if (requests.length > maxQueuedRequests) {
      this.#connection.reachLimit('MAX_QUEUED_REQUESTS');
      this.#refuse(request.id, new AppError('queue_full'));
      return;
    }
    requests.take(request, this.#connection);
  }

  #refuse(id: number | null, error: AppError): void {
    this.#answer({ id, error: error.toWire() });
  }

  #answer(frame: AnswerFrame): void {
    this.#connection.send(JSON.stringify(frame));
  }
}
