/** Telnyx's webhooks: events of calls in its shapes, signed as it signs them, sent as badly as it may send them. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

/** A webhook of API version 2. */
export interface WebhookEvent {
  data: {
    record_type: 'event';
    event_type: string;
    id: string;
    /** ISO 8601 with microseconds. */
    occurred_at: string;
    payload: Record<string, unknown>;
  };
  meta?: { attempt: number; delivered_to: string };
}

/** The ids that all events of a leg of a call have. */
export interface CallIds {
  call_control_id: string;
  connection_id: string;
  call_leg_id: string;
  call_session_id: string;
  client_state: string;
}

export function callIds(given: Partial<CallIds> = {}): CallIds {
  const leg = randomUUID();
  return {
    call_control_id: `v3:${Buffer.from(leg).toString('base64url')}`,
    connection_id: '1234567890123456789',
    call_leg_id: leg,
    call_session_id: leg,
    client_state: 'aGF2ZSBhIG5pY2UgZGF5ID1d',
    ...given,
  };
}

/** An event that occurs now, or at another time. */
export function webhookEvent(
  event_type: string,
  payload: Record<string, unknown>,
  at: Date = new Date(),
): WebhookEvent {
  const occurred_at = at.toISOString().replace('Z', '000Z');
  return { data: { record_type: 'event', event_type, id: randomUUID(), occurred_at, payload } };
}

/** The events of an incoming call from the first ring to the hangup, a second between each. */
export function callEvents(ids: CallIds = callIds(), begin: Date = new Date()): WebhookEvent[] {
  const second = (count: number) => new Date(begin.getTime() + count * 1000);
  const parties = { from: '+35319605860', to: '+15551234567', start_time: begin.toISOString() };
  const base = { ...ids, ...parties };
  const hangup = { hangup_cause: 'normal_clearing', hangup_source: 'caller', sip_hangup_cause: '200' };
  return [
    webhookEvent('call.initiated', { ...base, direction: 'incoming', state: 'parked' }, second(0)),
    webhookEvent('call.answered', { ...base, state: 'answered' }, second(1)),
    webhookEvent('call.dtmf.received', { ...ids, from: base.from, to: base.to, digit: '#' }, second(2)),
    webhookEvent('call.hangup', { ...base, state: 'hangup', ...hangup, call_quality_stats: null }, second(3)),
  ];
}

export interface SendOptions {
  /** How many times each event is sent; 1 by default. */
  copies?: number;
  /** Whether the events are sent in another order. */
  shuffled?: boolean;
  /** How many are on their way at once; 1 by default. */
  concurrency?: number;
  /** Between 0 and 1; `Math.random` by default. */
  random?: () => number;
}

/** One account's webhooks, with a key pair of its own. */
export class WebhookSender {
  readonly #keys = generateKeyPairSync('ed25519');

  /** As `TELNYX_PUBLIC_KEY` has it. */
  get publicKey(): string {
    const { x = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    return Buffer.from(x, 'base64url').toString('base64');
  }

  /** The headers of a webhook with this body. `timestamp` is in seconds since 1970-01-01 UTC. */
  headers(body: string, timestamp = Math.floor(Date.now() / 1000)): Record<string, string> {
    const signature = sign(null, Buffer.from(`${timestamp}|${body}`), this.#keys.privateKey);
    return {
      'content-type': 'application/json',
      'user-agent': 'telnyx-webhooks',
      'telnyx-signature-ed25519': signature.toString('base64'),
      'telnyx-timestamp': String(timestamp),
    };
  }

  /** Sends one and resolves to the status. */
  async send(url: string, event: WebhookEvent | string, timestamp?: number): Promise<number> {
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    const response = await fetch(url, { method: 'POST', headers: this.headers(body, timestamp), body });
    await response.arrayBuffer();
    return response.status;
  }

  /** Sends all, and resolves to their statuses in the order of sending. */
  async sendAll(url: string, events: readonly WebhookEvent[], options: SendOptions = {}): Promise<number[]> {
    const { copies = 1, shuffled = false, concurrency = 1, random = Math.random } = options;
    const deliveries = events.flatMap((event) =>
      Array.from({ length: copies }, (_, copy) => ({
        ...event,
        meta: { attempt: copy + 1, delivered_to: url },
      })),
    );
    if (shuffled) shuffle(deliveries, random);
    const statuses: number[] = [];
    let next = 0;
    const line = async () => {
      for (let index = next++; ; index = next++) {
        const event = deliveries[index];
        if (!event) return;
        statuses[index] = await this.send(url, event);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, line));
    return statuses;
  }
}

/** Fisher and Yates'. */
function shuffle<T>(items: T[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [items[last], items[other]];
    if (a !== undefined && b !== undefined) [items[last], items[other]] = [b, a];
  }
}
