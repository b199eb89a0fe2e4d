/** One delivery: a POST to a receiver. */
import type { KeyObject } from 'node:crypto';
import { Agent, buildConnector, request } from 'undici';
import type { QueuedEvent } from '../outbox-table.ts';
import { signedHeaders } from '../signature.ts';
import { type AddressGuard, AddressRefusedError } from './address-guard.ts';

/** A receiver that does not answer in this time has failed, in milliseconds. */
const TIMEOUT_MS = 15_000;
/** How much of an answer is read: nothing in it is of interest. */
const MAX_ANSWER_BYTES = 65_536;

export interface SenderOptions {
  url: string;
  keys: readonly KeyObject[];
  guard: AddressGuard;
  /** The most connections to the receiver. */
  connections: number;
}

/** Delivers events to one receiver over connections that stay open. */
export class Sender {
  readonly #url: URL;
  readonly #keys: readonly KeyObject[];
  readonly #guard: AddressGuard;
  readonly #agent: Agent;

  constructor({ url, keys, guard, connections }: SenderOptions) {
    this.#url = new URL(url);
    this.#keys = keys;
    this.#guard = guard;
    this.#agent = new Agent({
      connections,
      pipelining: 1,
      connect: guardedConnector(guard),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  /** Resolves when the receiver has answered 2xx; throws why it has not. Redirects are not followed. */
  async send(event: QueuedEvent): Promise<void> {
    this.#guard.checkHost(this.#url);
    const { statusCode, body } = await request(this.#url, {
      dispatcher: this.#agent,
      method: 'POST',
      headers: {
        ...signedHeaders(event, this.#keys, Date.now()),
        'content-type': 'application/json',
        'user-agent': 'aq-server',
      },
      body: event.body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await body.dump({ limit: MAX_ANSWER_BYTES });
    if (statusCode < 200 || statusCode > 299) throw new Error(`answered ${statusCode}`);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** Looks at the address once more when the connection is there. */
function guardedConnector(guard: AddressGuard): buildConnector.connector {
  const connect = buildConnector({ timeout: TIMEOUT_MS, lookup: guard.lookup });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error || !socket) return callback(error ?? new Error('no connection'), null);
      if (guard.allows(socket.remoteAddress ?? '')) return callback(null, socket);
      socket.destroy();
      return callback(new AddressRefusedError(), null);
    });
  };
}
