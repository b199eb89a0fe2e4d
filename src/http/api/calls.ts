/** `/api/v1/telephony/calls`: the recent calls of all agents. */
import { z } from 'zod';
import type { CallEvents } from '../../telephony/call-events.ts';
import { callToWire } from '../telephony/calls.ts';
import { type ApiServer, apiKeyOf } from './context.ts';
import { decodeCursor, encodeCursor, PageEnd, PageQuery } from './cursor.ts';

export interface CallListOptions {
  calls: { events: CallEvents };
}

const Text = z.string().nullable();
const Call = z
  .object({
    id: z.string(),
    state: Text,
    legs: z.array(
      z.object({
        id: z.string(),
        state: Text,
        call_control_id: Text,
        connection_id: Text,
        from: Text,
        to: Text,
        direction: Text,
        started_at: Text,
        answered_at: Text,
        ended_at: Text,
        hangup_cause: Text,
        hangup_source: Text,
      }),
    ),
    recordings: z.array(z.object({ started_at: Text, ended_at: Text, urls: z.unknown() })),
  })
  .meta({ id: 'Call' });

export function callListRoute(server: ApiServer, { calls }: CallListOptions): void {
  server.get(
    '/api/v1/telephony/calls',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'listCalls',
        tags: ['Calls'],
        summary: 'List recent calls',
        description: 'Of the last 24 hours, the newest first. For keys without a room prefix.',
        querystring: z.object({
          connection: z
            .string()
            .max(256)
            .optional()
            .meta({ description: 'The id of a connection at Telnyx.' }),
          number: z.string().max(256).optional().meta({ description: 'A number or a SIP address.' }),
          ...PageQuery,
        }),
        response: { 200: z.object({ calls: z.array(Call), ...PageEnd }) },
      },
    },
    async (request) => {
      apiKeyOf(request).requireAllRooms();
      const { connection, number, limit, cursor } = request.query;
      const isFiltered = connection !== undefined || number !== undefined;
      const filter = {
        connections: connection === undefined ? [] : [connection],
        numbers: number === undefined ? [] : [number],
      };
      const page = calls.events.calls({
        filter: isFiltered ? filter : undefined,
        limit,
        before: decodeCursor(cursor, z.int().nonnegative()),
      });
      return {
        calls: page.calls.map(callToWire),
        next: page.next === undefined ? null : encodeCursor(page.next),
      };
    },
  );
}
