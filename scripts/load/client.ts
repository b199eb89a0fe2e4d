/** The signalling of a simulated peer: `aq.v1` over a WebSocket, with as little work as it can be. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { type EventData, events } from '../../src/protocol/events.ts';
import { type Method, methods, type ParamsIn, type Result } from '../../src/protocol/methods.ts';

/** The server has refused the connection or a request; `code` is one of `src/protocol/codes.ts`. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

interface Pending {
  method: Method;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Events {
  /** Any event, by its name, as text that was not looked into; `at` is `performance.now()`. */
  told: [name: string, frame: string];
  consumerOpened: [EventData<'consumerOpened'>];
  closed: [code: number, reason: string];
}

const EVENT = /^\{"seq":\d+,"event":"(\w+)"/;

export class Client extends EventEmitter<Events> {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  readonly #welcome = Promise.withResolvers<EventData<'welcome'>>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    this.#welcome.promise.catch(() => {}); // whoever waits for it is told
    socket.on('message', (data) => this.#receive(data.toString()));
    socket.on('error', (error) => this.#fail(error));
    socket.on('unexpected-response', (_request, response) => void this.#refused(response));
    socket.once('close', (code, reason) => {
      this.#fail(new Refusal(reason.toString() || String(code), 'the server closed the connection'));
      this.emit('closed', code, reason.toString());
    });
  }

  /** Connects to a server, `http://host:port`. */
  static connect(url: string, token: string): Client {
    const address = `${url.replace(/^http/, 'ws')}/aq_server/websocket`;
    return new Client(new WebSocket(address, ['aq.v1', `bearer.${token}`], { perMessageDeflate: false }));
  }

  /** What the server greets with. Rejects with `Refusal` where it does not let this client in. */
  get welcome(): Promise<EventData<'welcome'>> {
    return this.#welcome.promise;
  }

  /** Rejects with `Refusal` where the server refuses. */
  async request<M extends Method>(method: M, params: ParamsIn<M>): Promise<Result<M>> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { method, resolve, reject });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return methods[method].result.parse(await promise) as Result<M>;
  }

  /** Ends the connection; resolves when the server has closed it. */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.close(1000);
    await closed;
  }

  #receive(frame: string): void {
    const name = EVENT.exec(frame)?.[1];
    if (name === undefined) {
      this.#receiveAnswer(frame);
      return;
    }
    if (name === 'welcome') this.#welcome.resolve(events.welcome.parse(JSON.parse(frame).data));
    if (name === 'consumerOpened') this.emit(name, events.consumerOpened.parse(JSON.parse(frame).data));
    this.emit('told', name, frame);
  }

  #receiveAnswer(frame: string): void {
    const { id, result, error } = JSON.parse(frame);
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    if (error) pending.reject(new Refusal(error.code, `${pending.method}: ${error.message}`));
    else pending.resolve(result);
  }

  async #refused(response: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const { error } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    this.#fail(
      new Refusal(error?.code ?? String(response.statusCode), error?.message ?? 'the server refused'),
    );
    this.#socket.terminate();
  }

  #fail(error: Error): void {
    this.#welcome.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
