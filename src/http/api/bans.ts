/** `/api/v1/rooms/{room}/bans`: who may not come back (rule A10 of PROTOCOL.md). */
import { z } from 'zod';
import { type ApiServer, actorOf } from './context.ts';
import { decodeCursor, encodeCursor, PageEnd, PageQuery } from './cursor.ts';
import { RoomParams, type RoomRoutesOptions } from './rooms.ts';
import { isoOf, NoContent, Timestamp, UserId } from './schemas.ts';

const BanParams = RoomParams.extend({ user_id: UserId });
const Ban = z.object({ user_id: z.string(), banned_at: Timestamp }).meta({ id: 'Ban' });

export function banRoutes(server: ApiServer, { moderation }: Pick<RoomRoutesOptions, 'moderation'>): void {
  server.get(
    '/api/v1/rooms/:room/bans',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'listBans',
        tags: ['Bans'],
        summary: 'List the bans of a room',
        description: 'In the order of the users’ ids.',
        params: RoomParams,
        querystring: z.object(PageQuery),
        response: { 200: z.object({ bans: z.array(Ban), ...PageEnd }) },
      },
    },
    async ({ params, query }) => {
      const { bans, next } = moderation.bans(params.room, decodeCursor(query.cursor, z.string()));
      const page = bans.slice(0, query.limit);
      const last = page.at(-1);
      const isEnd = page.length === bans.length && next === undefined;
      return {
        bans: page.map(({ userId, at }) => ({ user_id: userId, banned_at: isoOf(at) })),
        next: last && !isEnd ? encodeCursor(last.userId) : null,
      };
    },
  );

  server.put(
    '/api/v1/rooms/:room/bans/:user_id',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'banUser',
        tags: ['Bans'],
        summary: 'Ban a user from a room',
        description: 'Takes the user out, and refuses later tokens too. The user need not be there.',
        params: BanParams,
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      await moderation.banUser(actorOf(request), request.params.room, request.params.user_id);
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/api/v1/rooms/:room/bans/:user_id',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'unbanUser',
        tags: ['Bans'],
        summary: 'Lift a ban',
        description: 'The user may come again with a token that is younger than the ban.',
        params: BanParams,
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      await moderation.unbanUser(actorOf(request), request.params.room, request.params.user_id);
      return reply.code(204).send(null);
    },
  );
}
