/** `/api/v1/rooms/{room}/lobby`: who waits, and who may come in (rules W1 to W6 of PROTOCOL.md). */
import { z } from 'zod';
import { type ApiServer, actorOf } from './context.ts';
import { RoomParams, type RoomRoutesOptions } from './rooms.ts';
import { isoOf, NoContent, PeerId, Timestamp } from './schemas.ts';

const WaitParams = RoomParams.extend({ id: PeerId.meta({ description: 'The id of a wait.' }) });
const Waiting = z
  .object({
    id: z.string().meta({ description: 'Of this wait: it is no peer.' }),
    user_id: z.string(),
    name: z.string(),
    user_type: z.string(),
    since: Timestamp,
  })
  .meta({ id: 'Waiting' });

export function lobbyRoutes(server: ApiServer, { moderation }: Pick<RoomRoutesOptions, 'moderation'>): void {
  server.get(
    '/api/v1/rooms/:room/lobby',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'listWaiting',
        tags: ['Lobby'],
        summary: 'List who waits in the lobby',
        description: 'First come first. MAX_LOBBY limits them.',
        params: RoomParams,
        response: { 200: z.object({ waiting: z.array(Waiting) }) },
      },
    },
    async ({ params }) => ({
      waiting: moderation.waiting(params.room).map(({ id, userId, name, userType, since }) => ({
        id,
        user_id: userId,
        name,
        user_type: userType,
        since: isoOf(since),
      })),
    }),
  );

  server.post(
    '/api/v1/rooms/:room/lobby/:id/admit',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'admitWaiting',
        tags: ['Lobby'],
        summary: 'Admit somebody who waits',
        params: WaitParams,
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      moderation.admitWaiting(actorOf(request), request.params.room, request.params.id);
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/api/v1/rooms/:room/lobby/:id/refuse',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'refuseWaiting',
        tags: ['Lobby'],
        summary: 'Send somebody away who waits',
        description: 'The user may come again.',
        params: WaitParams,
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      moderation.refuseWaiting(actorOf(request), request.params.room, request.params.id);
      return reply.code(204).send(null);
    },
  );
}
