/** A client that does random steps, remembers the ids it sees, and counts what it is answered. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Step } from './fuzz.ts';
import type { ServerProcess } from './process.ts';

/** How many messages may be unanswered before the client waits. */
const IN_FLIGHT = 50;

export class FuzzClient {
  /** How often each code, or `result`, was the answer. */
  readonly answers = new Map<string, number>();
  /** Steps after which nothing was answered at all. */
  unanswered = 0;
  readonly #server: ServerProcess;
  readonly #user: string;
  readonly #room: string;
  readonly #ids: string[] = [];
  #socket: WebSocket | undefined;
  #lastId = 0;
  #waiting = 0;
  #wake: () => void = () => {};

  constructor(server: ServerProcess, user: string, room: string) {
    this.#server = server;
    this.#user = user;
    this.#room = room;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const socket = await this.#open();
      if (step.is === 'hang up') {
        await this.close();
        continue;
      }
      this.#waiting++;
      socket.send(this.#encode(step));
      if (this.#waiting >= IN_FLIGHT) await this.#answered();
    }
    await this.close();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    socket.close();
    await once(socket, 'close');
  }

  async #open(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
    await this.close();
    const url = `${this.#server.url.replace('http', 'ws')}/aq_server/websocket`;
    const socket = new WebSocket(url, ['aq.v1', `bearer.${this.#server.token(this.#user, this.#room)}`]);
    this.#socket = socket;
    this.#waiting = 0;
    socket.on('message', (data) => this.#receive(JSON.parse(data.toString())));
    socket.on('close', () => this.#wake());
    await once(socket, 'open');
    return socket;
  }

  #encode(step: Exclude<Step, { is: 'hang up' }>): string | Uint8Array {
    if (step.is === 'text') return step.text;
    if (step.is === 'binary') return step.bytes;
    const params = this.#fill(step.params);
    return JSON.stringify({ id: ++this.#lastId, method: step.method, params });
  }

  /** Puts ids that were seen in place of `{known: n}`, and a fresh one where two would have the same. */
  #fill(params: unknown): unknown {
    return JSON.parse(JSON.stringify(params), (key, value) => {
      if (typeof value === 'object' && value !== null && 'known' in value) {
        return this.#ids[Number(value.known) % (this.#ids.length || 1)] ?? randomUUID();
      }
      return key === 'ssrc' ? Math.floor(Math.random() * 2 ** 32) : value;
    });
  }

  #receive(frame: { id?: number | null; error?: { code: string }; event?: string; data?: unknown }): void {
    if (frame.event) {
      this.#remember(frame.data);
      return;
    }
    const outcome = frame.error?.code ?? 'result';
    this.answers.set(outcome, (this.answers.get(outcome) ?? 0) + 1);
    this.#waiting--;
    if (this.#waiting < IN_FLIGHT / 2) this.#wake();
  }

  #remember(data: unknown): void {
    for (const [, found] of JSON.stringify(data).matchAll(/"([0-9a-f-]{36})"/g)) {
      if (found) this.#ids[Math.floor(Math.random() * 40)] = found;
    }
  }

  /** Waits until half of the messages are answered, or the socket is gone. */
  async #answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(() => {
      this.unanswered += this.#waiting;
      this.#waiting = 0;
      resolve();
    }, 5000);
    await promise;
    clearTimeout(timer);
  }
}
