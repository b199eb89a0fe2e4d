/** A receiver of webhooks: keeps what comes, and checks it with the library of Standard Webhooks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedWebhook {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect
  readonly data: any;
  readonly room: string;
  /** By `performance.now()`. */
  readonly at: number;
}

type Answer = (webhook: ReceivedWebhook, response: ServerResponse) => void;

const ok: Answer = (_webhook, response) => response.writeHead(204).end();

export class WebhookReceiver {
  /** What was answered 2xx, in the order of its coming. */
  readonly received: ReceivedWebhook[] = [];
  /** All that came. */
  readonly attempts: ReceivedWebhook[] = [];
  answer: Answer = ok;
  readonly #webhook: Webhook;
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #waiters = new Set<() => void>();
  #port = 0;

  constructor(secret: string) {
    this.#webhook = new Webhook(secret);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hooks`;
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Answers nobody any more. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Resolves when what came fits. */
  async until(fits: (received: readonly ReceivedWebhook[]) => boolean): Promise<void> {
    while (!fits(this.received)) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  /** The same for attempts. */
  async untilAttempts(count: number): Promise<void> {
    while (this.attempts.length < count) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  types(room?: string): string[] {
    return this.received.filter((one) => room === undefined || one.room === room).map(({ type }) => type);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.#webhook.verify(body, request.headers as Record<string, string>);
    const { type, timestamp, data } = JSON.parse(body);
    const id = String(request.headers['webhook-id']);
    const webhook = { id, type, timestamp, data, room: data.room?.name ?? '', at: performance.now() };
    this.attempts.push(webhook);
    response.once('finish', () => {
      if (response.statusCode < 300) this.received.push(webhook);
      this.#wake();
    });
    this.answer(webhook, response);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}

/** A secret of Standard Webhooks. */
export function newWebhookSecret(): string {
  return `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')}`;
}
