/** The events for backends: queued in the tick in which they happen, stored in that order, and delivered from there. */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import type { Database } from '../store/database.ts';
import { sweepInSteps } from '../store/sweep.ts';
import { Deliverer } from './deliverer.ts';
import type { FromDeliverer, ReceiverConfig } from './delivery/messages.ts';
import { WINDOW } from './delivery/stream-queue.ts';
import type { WebhookEvent } from './events.ts';
import {
  deleteDeliveries,
  deleteForeign,
  deleteOldFailures,
  type FailedDelivery,
  type FailedPlace,
  failedDeliveries,
  markFailed,
  openEndings,
  reviveDelivery,
  waitingEvents,
  waitingStreams,
} from './outbox-table.ts';
import { type NewEvent, OutboxWriter, type StoredEvents } from './outbox-writer.ts';

export interface OutboxOptions {
  database: Database;
  /** The addresses of receivers. */
  urls: readonly string[];
  secrets: readonly string[];
  /** Types of events that are told, with `*` at the end for all that begin so. */
  events: readonly string[];
  allowedNetworks: readonly string[];
  /** How many events may wait for one receiver. */
  maxWaiting: number;
  journal: Journal;
  logger: Logger;
}

/** How long failed deliveries are kept. */
const FAILED_KEPT_MS = 7 * 86_400_000;
/** How long events are kept for receivers that are not configured any more. */
const FOREIGN_KEPT_MS = 86_400_000;
const SWEEP_INTERVAL_MS = 3_600_000;
const SWEEP_STEP = 200;
/** The same problem is logged at most so often, in milliseconds. */
const LOG_INTERVAL_MS = 60_000;
/** When a thread that was lost is replaced, in milliseconds. */
const RESTART_MS = 1000;

/** An event that was stored for the case that the server is lost. */
const Ending = z.object({
  type: z.string(),
  stream: z.string(),
  data: z.record(z.string(), z.unknown()),
  life: z.object({ id: z.string(), is: z.literal('ended') }),
});

/**
 * Events are on disk after some milliseconds, in the order in which they were added, and nobody waits for that. A killed process
 * loses those that are not; what was told to have begun by then is told to have ended at the next start.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #receivers: readonly ReceiverConfig[];
  readonly #writer: OutboxWriter;
  /** How many events wait for each receiver. */
  readonly #waiting = new Map<string, number>();
  /** Receivers whose later events are dropped. */
  readonly #full = new Set<string>();
  readonly #loggedAt = new Map<string, number>();
  readonly #sweeper: NodeJS.Timeout;
  #deliverer: Deliverer;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#receivers = options.urls.map((url) => ({ id: idOf(url), url }));
    this.#writer = new OutboxWriter(options.database, (stored) => this.#stored(stored));
    this.#deliverer = this.#startDeliverer();
    this.#endLost();
    const sweep = () => void this.#sweep().catch(() => {}); // the database has logged what is wrong
    this.#sweeper = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** How many events wait, for all receivers together. */
  get waiting(): number {
    return this.#waiting.values().reduce((sum, count) => sum + count, 0);
  }

  /** Queues an event. Undefined, for what nobody is told of, is nothing. */
  add(event: WebhookEvent | undefined): void {
    if (!event) return;
    const receivers = this.#isTold(event.type) ? this.#receiversWithRoom() : [];
    if (receivers.length === 0 && !event.life) return;
    if (this.#writer.isFull) {
      this.#reached('unsaved webhooks');
      return;
    }
    for (const id of receivers) this.#count(id, 1);
    this.#writer.add(newEvent(event, receivers));
  }

  /** The failed deliveries behind a place, the newest first. */
  failed(page: {
    after?: FailedPlace | undefined;
    limit: number;
  }): (FailedDelivery & { url: string | null })[] {
    const found = this.#options.database.read((sql) => failedDeliveries(sql, page));
    return found.map((delivery) => ({ ...delivery, url: this.#urlOf(delivery.receiver) }));
  }

  /**
   * Sends an event once more to the receivers for which it has failed, and resolves to how many these are. It comes out of order, as
   * later ones may have been delivered. Throws `not_found`.
   */
  async resend(id: string): Promise<number> {
    const revived = await this.#options.database.write((sql) =>
      this.#receivers.flatMap(({ id: receiver }) => {
        const event = reviveDelivery(sql, receiver, id);
        return event ? [{ receiver, event }] : [];
      }),
    );
    if (revived.length === 0) throw new AppError('not_found', 'no delivery of this event has failed');
    for (const { receiver, event } of revived) {
      this.#count(receiver, 1);
      const resent = { ...event, stream: `resent:${event.id}` };
      this.#deliverer.tell({ kind: 'events', events: [resent], receivers: [receiver] });
    }
    return revived.length;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    clearTimeout(this.#restart);
    this.#writer.close();
    await this.#deliverer.close();
  }

  #urlOf(receiver: string): string | null {
    return this.#receivers.find(({ id }) => id === receiver)?.url ?? null;
  }

  #isTold(type: string): boolean {
    return this.#options.events.some((wanted) =>
      wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted,
    );
  }

  #count(receiver: string, more: number): void {
    this.#waiting.set(receiver, (this.#waiting.get(receiver) ?? 0) + more);
  }

  /** The receivers for which fewer events wait than may. */
  #receiversWithRoom(): string[] {
    const ids = this.#receivers.map(({ id }) => id);
    const full = ids.filter((id) => (this.#waiting.get(id) ?? 0) >= this.#options.maxWaiting);
    if (full.some((id) => !this.#full.has(id))) this.#reached('WEBHOOK_MAX_WAITING');
    this.#full.clear();
    for (const id of full) this.#full.add(id);
    return ids.filter((id) => !this.#full.has(id));
  }

  /** Notes that events are dropped. */
  #reached(limit: string): void {
    if (!this.#mayLog(limit)) return;
    this.#options.logger.error({ limit }, 'webhooks are dropped');
    this.#options.journal({ kind: 'limit-reached', target: limit });
  }

  #mayLog(subject: string): boolean {
    const now = performance.now();
    if (now - (this.#loggedAt.get(subject) ?? -LOG_INTERVAL_MS) < LOG_INTERVAL_MS) return false;
    this.#loggedAt.set(subject, now);
    return true;
  }

  #startDeliverer(): Deliverer {
    const { secrets, allowedNetworks, database, logger } = this.#options;
    const deliverer = new Deliverer({ receivers: this.#receivers, secrets, allowedNetworks });
    deliverer.on('message', (message) => this.#hear(message));
    deliverer.on('lost', (err) => {
      logger.error({ err }, 'the delivery of webhooks begins anew');
      this.#restart = setTimeout(() => {
        this.#deliverer = this.#startDeliverer();
      }, RESTART_MS);
    });
    for (const { id: receiver } of this.#receivers) {
      const streams = database.read((sql) => waitingStreams(sql, receiver));
      this.#waiting.set(
        receiver,
        streams.reduce((sum, { count }) => sum + count, 0),
      );
      deliverer.tell({ kind: 'backlog', receiver, streams: streams.map(({ stream }) => stream) });
    }
    return deliverer;
  }

  /** Tells that what a lost server left open has ended. */
  #endLost(): void {
    for (const text of this.#options.database.read(openEndings)) this.add(Ending.parse(JSON.parse(text)));
  }

  #stored({ events, receivers }: StoredEvents): void {
    this.#deliverer.tell({ kind: 'events', events, receivers });
  }

  #hear(message: FromDeliverer): void {
    if (message.kind === 'load') this.#load(message);
    else if (message.kind === 'delayed') this.#delayed(message.receiver, message.reason);
    else if (message.kind === 'delivered') {
      const { receiver, seqs } = message;
      this.#count(receiver, -seqs.length);
      this.#persist((sql) => deleteDeliveries(sql, receiver, seqs));
    } else {
      const { receiver, seq, reason } = message;
      this.#count(receiver, -1);
      this.#options.journal({
        kind: 'webhook-failed',
        target: reason,
        detail: { receiver: this.#urlOf(receiver) ?? '' },
      });
      this.#persist((sql) => markFailed(sql, { receiver, seq, reason, at: Date.now() }));
    }
  }

  #load({ load, receiver, stream, after }: Extract<FromDeliverer, { kind: 'load' }>): void {
    const wanted = { receiver, stream, after, limit: WINDOW };
    const events = this.#options.database.read((sql) => waitingEvents(sql, wanted));
    this.#deliverer.tell({ kind: 'loaded', load, events, more: events.length === WINDOW });
  }

  #delayed(receiver: string, reason: string): void {
    if (!this.#mayLog(`${receiver} ${reason}`)) return;
    this.#options.logger.warn({ receiver: this.#urlOf(receiver), reason }, 'a webhook was not delivered yet');
  }

  #persist(change: Parameters<Database['persist']>[1]): void {
    this.#options.database.persist(undefined, change).catch(() => {}); // the database has logged it, and tries again
  }

  async #sweep(): Promise<void> {
    const { database } = this.#options;
    const ids = this.#receivers.map(({ id }) => id);
    const now = Date.now();
    await sweepInSteps(
      database,
      (sql) =>
        deleteOldFailures(sql, now - FAILED_KEPT_MS, SWEEP_STEP) +
        deleteForeign(sql, ids, now - FOREIGN_KEPT_MS, SWEEP_STEP),
    );
  }
}

function newEvent(event: WebhookEvent, receivers: readonly string[]): NewEvent {
  const at = Date.now();
  const { type, stream, data } = event;
  const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
  return { event, stored: { id: `evt_${randomUUID()}`, stream, type, at, body }, receivers };
}

function idOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16);
}
