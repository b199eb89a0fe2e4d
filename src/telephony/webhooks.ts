/** Telnyx's webhooks, from the bytes that came to the event that is stored. */
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { parseCallEvent } from './call-event.ts';
import type { CallEvents } from './call-events.ts';
import type { CallTally } from './call-tally.ts';
import { createSignatureCheck } from './webhook-signature.ts';

export interface WebhooksOptions {
  events: CallEvents;
  tally: CallTally;
  /** Base64 of the 32 bytes of Telnyx's key. */
  publicKey: string | undefined;
  /** Whether events are taken without a signature where there is no key. */
  unsignedWebhooks: boolean;
  /** Told of each webhook whose signature is refused. */
  journal: Journal;
  logger: Logger;
}

/** One webhook as it came. */
export interface Delivery {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The sender's IP address. */
  address: string;
}

export interface Webhooks {
  /**
   * Resolves when the event is on disk, or was there already.
   * @throws AppError `telephony_off` without a key, `webhook_refused`, `invalid_request`
   */
  receive(delivery: Delivery): Promise<void>;
}

export function createWebhooks({ events, tally, journal, logger, ...options }: WebhooksOptions): Webhooks {
  const { publicKey, unsignedWebhooks } = options;
  const faultOf = publicKey === undefined ? undefined : createSignatureCheck({ publicKey });

  async function check({ headers, body, address }: Delivery): Promise<void> {
    if (!faultOf && unsignedWebhooks) return;
    if (!faultOf) throw new AppError('telephony_off', 'TELNYX_PUBLIC_KEY is not set');
    const fault = await faultOf(headers, body);
    if (!fault) return;
    journal({ kind: 'webhook-refused', target: fault, detail: { address } });
    throw new AppError('webhook_refused');
  }

  function read(body: Buffer) {
    const event = parseCallEvent(parseJson(body));
    if (typeof event !== 'string') return event;
    logger.warn({ fault: event }, 'a webhook of Telnyx cannot be read');
    throw new AppError('invalid_request', event);
  }

  return {
    async receive(delivery) {
      try {
        await check(delivery);
        if (await events.store(read(delivery.body))) tally.eventsIn++;
      } catch (error) {
        tally.error();
        throw error;
      }
    },
  };
}

/** Undefined for what is no JSON. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
