/** `/api/v1/audit`: what has happened. */
import { z } from 'zod';
import type { Audit } from '../../store/audit.ts';
import type { AuditLine } from '../../store/audit-table.ts';
import { type ApiServer, apiKeyOf } from './context.ts';
import { decodeCursor, encodeCursor, PageEnd, PageQuery } from './cursor.ts';
import { isoOf, RoomName, Timestamp, UserId } from './schemas.ts';

export interface AuditRoutesOptions {
  audit: Audit;
}

const Line = z
  .object({
    at: Timestamp,
    kind: z.string().meta({ description: 'What happened, such as `user-removed`.' }),
    room: z.string().nullable(),
    user_id: z.string().nullable().meta({ description: 'To whom, or who came.' }),
    actor: z
      .string()
      .nullable()
      .meta({ description: 'Who did it: `user:<id>`, `backend:<key>` or `operator`.' }),
    target: z.string().nullable(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'AuditLine' });

const Place = z.object({ at: z.number(), id: z.number() });

export function auditRoutes(server: ApiServer, { audit }: AuditRoutesOptions): void {
  server.get(
    '/api/v1/audit',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'readAudit',
        tags: ['Audit'],
        summary: 'Read the audit',
        description:
          'The newest line first. Lines about no room are for keys with the right `admin` and no room prefix. An answer may have few lines, or none, and a `next` all the same.',
        querystring: z.object({
          room: RoomName.optional(),
          user_id: UserId.optional(),
          kind: z.string().max(64).optional(),
          actor: z.string().max(256).optional(),
          since: Timestamp.optional().meta({ description: 'From this time on.' }),
          until: Timestamp.optional().meta({ description: 'Before this time.' }),
          ...PageQuery,
        }),
        response: { 200: z.object({ lines: z.array(Line), ...PageEnd }) },
      },
    },
    async (request) => {
      const { room, user_id: user, kind, actor, since, until, limit, cursor } = request.query;
      const key = apiKeyOf(request);
      const seesAll = key.has('admin') && key.roomPrefix === '';
      const page = await audit.readPage(
        {
          ...(room !== undefined && { room }),
          ...(user !== undefined && { user }),
          ...(kind !== undefined && { kind }),
          ...(actor !== undefined && { actor }),
          ...(since !== undefined && { since: Date.parse(since) }),
          ...(until !== undefined && { until: Date.parse(until) }),
          ...(!seesAll && { roomPrefix: key.roomPrefix }),
        },
        limit,
        decodeCursor(cursor, Place),
      );
      return { lines: page.lines.map(lineToWire), next: page.next ? encodeCursor(page.next) : null };
    },
  );
}

function lineToWire({ at, kind, room, user, actor, target, detail }: AuditLine): z.input<typeof Line> {
  return {
    at: isoOf(at),
    kind,
    room: room ?? null,
    user_id: user ?? null,
    actor: actor ?? null,
    target: target ?? null,
    detail: { ...detail },
  };
}
