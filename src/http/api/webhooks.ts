/** `/api/v1/webhooks`: events that receivers did not get. */
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import type { Outbox } from '../../webhooks/outbox.ts';
import { type ApiServer, apiKeyOf } from './context.ts';
import { decodeCursor, encodeCursor, MAX_PAGE, PageEnd, PageQuery } from './cursor.ts';
import { isoOf, Timestamp } from './schemas.ts';

export interface WebhookRoutesOptions {
  /** Undefined where no receivers are configured. */
  outbox: Outbox | undefined;
}

const EventId = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'The id of an event, its header `webhook-id`.' });
const Failed = z
  .object({
    id: EventId,
    url: z.string().nullable().meta({ description: 'The receiver; null where it is configured no more.' }),
    failed_at: Timestamp,
    reason: z.string().meta({ description: 'How the last attempt ended.' }),
    event: z.object({ type: z.string(), timestamp: Timestamp, data: z.record(z.string(), z.unknown()) }),
  })
  .meta({ id: 'FailedDelivery' });
const Resent = z.object({ resent: z.int().meta({ description: 'How many deliveries begin anew.' }) });
const Place = z.object({ failedAt: z.number(), seq: z.number() });
const config = { right: 'admin' } as const;

export function webhookRoutes(server: ApiServer, { outbox }: WebhookRoutesOptions): void {
  // Events are those of all rooms.
  server.get(
    '/api/v1/webhooks/failed',
    {
      config,
      schema: {
        operationId: 'listFailedWebhooks',
        tags: ['Webhooks'],
        summary: 'List deliveries that have failed',
        description:
          'Those that a receiver did not take within 24 hours, the newest first. They are kept for 7 days.',
        querystring: z.object(PageQuery),
        response: { 200: z.object({ deliveries: z.array(Failed), ...PageEnd }) },
      },
    },
    async (request) => {
      apiKeyOf(request).requireAllRooms();
      const { limit, cursor } = request.query;
      const failed = outbox?.failed({ after: decodeCursor(cursor, Place), limit }) ?? [];
      const last = failed.at(-1);
      const next =
        last && failed.length === limit ? encodeCursor({ failedAt: last.failedAt, seq: last.seq }) : null;
      const deliveries = failed.map(({ id, url, failedAt, reason, body }) => ({
        id,
        url,
        failed_at: isoOf(failedAt),
        reason,
        event: JSON.parse(body),
      }));
      return { deliveries, next };
    },
  );

  server.post(
    '/api/v1/webhooks/failed/:id/resend',
    {
      config,
      schema: {
        operationId: 'resendWebhook',
        tags: ['Webhooks'],
        summary: 'Send a failed event again',
        description: 'To the receivers that did not take it. It comes out of order.',
        params: z.object({ id: EventId }),
        response: { 200: Resent },
      },
    },
    async (request) => {
      apiKeyOf(request).requireAllRooms();
      if (!outbox) throw new AppError('not_found', 'no receivers are configured');
      return { resent: await outbox.resend(request.params.id) };
    },
  );

  server.post(
    '/api/v1/webhooks/resend',
    {
      config,
      schema: {
        operationId: 'resendWebhooks',
        tags: ['Webhooks'],
        summary: `Send failed events again, the ${MAX_PAGE} newest`,
        response: { 200: Resent },
      },
    },
    async (request) => {
      apiKeyOf(request).requireAllRooms();
      const failed = outbox?.failed({ limit: MAX_PAGE }) ?? [];
      let resent = 0;
      for (const id of new Set(failed.map((delivery) => delivery.id)))
        resent += (await outbox?.resend(id)) ?? 0;
      return { resent };
    },
  );
}
