/** A client that speaks `aq.v1` and has no media: what the server sends is checked with its schema. */
import { WebSocket } from 'ws';
import type { Code, WireError } from '../../src/protocol/codes.ts';
import { type EventData, type EventName, events } from '../../src/protocol/events.ts';
import { type Method, methods, type ParamsIn, type Result } from '../../src/protocol/methods.ts';
import { fingerprints, rtpCapabilities } from './media.ts';

/** What a client needs of a server. */
interface Reachable {
  readonly url: string;
  token(): string;
}

interface Told {
  seq: number;
  event: EventName;
  data: unknown;
}

/** The error answer to a request. */
export class Refused extends Error {
  readonly code: Code;

  constructor(error: WireError) {
    super(`${error.code}: ${error.message}`);
    this.code = error.code;
  }
}

interface Pending {
  method: Method | undefined;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class RawClient {
  /** The one of this moment. */
  socket: WebSocket;
  /** What `resumed` told, for each time that this client has come back. */
  readonly resumptions: EventData<'resumed'>[] = [];
  /** All events so far, in order. */
  readonly told: Told[] = [];
  /** Error answers that belong to no request. */
  readonly strayErrors: WireError[] = [];
  closed: Promise<{ close: number; reason: string }>;
  readonly #pending = new Map<number, Pending>();
  readonly #waiters = new Set<PromiseWithResolvers<void>>();
  #failure: Error | undefined;
  #lastId = 0;
  #lastSeq = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = this.#follow(socket);
  }

  /** Opens a socket and waits for `welcome`. */
  static async open(server: Reachable, token = server.token()): Promise<RawClient> {
    const url = `${server.url.replace('http', 'ws')}/aq_server/websocket`;
    const client = new RawClient(new WebSocket(url, ['aq.v1', `bearer.${token}`]));
    client.socket.once('error', (error) => client.#fail(error));
    await client.next('welcome');
    return client;
  }

  /** Opens a socket and joins. */
  static async join(server: Reachable, token = server.token()): Promise<RawClient> {
    const client = await RawClient.open(server, token);
    await client.joinRoom();
    return client;
  }

  /** Cuts the socket off, as a network that goes away does. */
  async cutOff(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  /** Comes back over another socket, and waits for the server's word. What it missed is among the events then. */
  async resume(server: Reachable, token = server.token(), after = this.lastSeq): Promise<void> {
    const { peerId, resumeSecret } = this.welcome;
    const ticket = `resume.${peerId}.${resumeSecret}.${after}`;
    const url = `${server.url.replace('http', 'ws')}/aq_server/websocket`;
    const count = this.resumptions.length;
    this.#failure = undefined;
    this.socket = new WebSocket(url, ['aq.v1', `bearer.${token}`, ticket]);
    this.socket.once('error', (error) => this.#fail(error));
    this.closed = this.#follow(this.socket);
    while (this.resumptions.length === count) await this.#change();
  }

  /** The number of the last event. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  get welcome(): EventData<'welcome'> {
    return this.find('welcome');
  }

  get id(): string {
    return this.welcome.peerId;
  }

  joinRoom(): Promise<Result<'join'>> {
    const dtls = {
      send: { role: 'server' as const, fingerprints },
      recv: { role: 'client' as const, fingerprints },
    };
    return this.request('join', { rtpCapabilities, dtls });
  }

  /** Sends a request and resolves to its result, or rejects with `Refused`. */
  async request<M extends Method>(method: M, params: ParamsIn<M>): Promise<Result<M>> {
    return methods[method].result.parse(
      await this.ask({ id: ++this.#lastId, method, params }, method),
    ) as Result<M>;
  }

  /** Sends any message that has an id, and resolves to the result of its answer. */
  ask(message: { id: number; [key: string]: unknown }, method?: Method): Promise<unknown> {
    this.#lastId = Math.max(this.#lastId, message.id);
    return new Promise((resolve, reject) => {
      this.#pending.set(message.id, { method, resolve, reject });
      this.socket.send(JSON.stringify(message));
    });
  }

  /** The data of the events of this name, so far. */
  all<E extends EventName>(event: E): EventData<E>[] {
    return this.told.filter((told) => told.event === event).map((told) => told.data as EventData<E>);
  }

  /** The data of the first event of this name; throws if there was none. */
  find<E extends EventName>(event: E): EventData<E> {
    const [first] = this.all(event);
    if (!first) throw new Error(`no ${event} yet`);
    return first;
  }

  /** Waits for the first event of this name, told or to come, that fits. */
  async next<E extends EventName>(
    event: E,
    fits: (data: EventData<E>) => boolean = () => true,
  ): Promise<EventData<E>> {
    for (;;) {
      const found = this.all(event).find(fits);
      if (found) return found;
      await this.#change();
    }
  }

  /** Resolves when everything that the server told before is here. */
  async settled(): Promise<void> {
    await this.request('ping', {});
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #follow(socket: WebSocket): Promise<{ close: number; reason: string }> {
    socket.on('message', (data) => this.#receive(JSON.parse(data.toString())));
    socket.on('error', () => {});
    return new Promise((resolve) => {
      socket.once('close', (close, reason) => {
        if (this.socket === socket) this.#fail(new Error(`socket closed: ${close} ${reason}`));
        resolve({ close, reason: String(reason) });
      });
    });
  }

  /** Waits for the next event. */
  async #change(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const waiter = Promise.withResolvers<void>();
    this.#waiters.add(waiter);
    await waiter.promise;
  }

  #wake(): void {
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters.clear();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    for (const { reject } of this.#waiters) reject(this.#failure);
    this.#pending.clear();
    this.#waiters.clear();
  }

  #receive(frame: Record<string, unknown>): void {
    if ('event' in frame) this.#receiveEvent(frame);
    else this.#receiveAnswer(frame as { id: number | null; result?: unknown; error?: WireError });
  }

  #receiveEvent({ seq, event, data, ...rest }: Record<string, unknown>): void {
    if (Object.keys(rest).length > 0) throw new Error(`unknown keys in a frame: ${Object.keys(rest)}`);
    const name = event as EventName;
    if (name === 'resumed') {
      this.#resumed(events.resumed.parse(data));
      return;
    }
    if (seq !== this.#lastSeq + 1) throw new Error(`event ${String(seq)} after ${this.#lastSeq}`);
    this.#lastSeq = seq;
    this.told.push({ seq, event: name, data: events[name].parse(data) });
    this.#wake();
  }

  #resumed(resumed: EventData<'resumed'>): void {
    this.resumptions.push(resumed);
    if (resumed.snapshot) this.#lastSeq = resumed.snapshot.seq;
    this.#wake();
  }

  #receiveAnswer({ id, result, error }: { id: number | null; result?: unknown; error?: WireError }): void {
    const pending = id === null ? undefined : this.#pending.get(id);
    if (id === null || !pending) {
      if (error) this.strayErrors.push(error);
      return;
    }
    this.#pending.delete(id);
    if (error) pending.reject(new Refused(error));
    else pending.resolve(result);
  }
}

/** The code of the refusal that a request ends in. */
export async function refusal(request: Promise<unknown>): Promise<Code> {
  try {
    await request;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
  throw new Error('the request was not refused');
}
