/** The acts of moderation on peers: rules A1 to A7 and A9 of PROTOCOL.md, done by a backend. */
import { z } from 'zod';
import { ROOM_USER_TYPES, SOURCES } from '../../protocol/grants.ts';
import { type ApiServer, actorOf } from './context.ts';
import { PeerParams } from './peers.ts';
import { RoomParams, type RoomRoutesOptions } from './rooms.ts';
import { NoContent, UserId } from './schemas.ts';

const OfSource = z.strictObject({ source: z.enum(SOURCES) }).meta({ examples: [{ source: 'mic' }] });
const Mute = z
  .strictObject({
    source: z.enum(SOURCES),
    mode: z.enum(['hard', 'soft']).default('hard').meta({
      description: '`hard`: until it is allowed; `soft`: until the peer resumes it.',
    }),
  })
  .meta({ examples: [{ source: 'mic' }, { source: 'camera', mode: 'soft' }] });
const UserType = z
  .strictObject({ user_type: z.enum(ROOM_USER_TYPES) })
  .meta({ examples: [{ user_type: 'presenter' }] });

/** The part of a schema that all acts on peers have. */
const ACT = { tags: ['Peers'], params: PeerParams, response: { 204: NoContent } };
const config = { right: 'moderate' } as const;

export function actRoutes(server: ApiServer, { moderation }: Pick<RoomRoutesOptions, 'moderation'>): void {
  server.post(
    '/api/v1/rooms/:room/peers/:peer/mute',
    {
      config,
      schema: {
        ...ACT,
        operationId: 'muteSource',
        summary: 'Mute a source',
        description: 'Pauses what the peer publishes of it. A hard mute is for all peers of the user.',
        body: Mute,
      },
    },
    async (request, reply) => {
      const { room, peer: peerId } = request.params;
      await moderation.muteSource(actorOf(request), room, { peerId, ...request.body });
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/api/v1/rooms/:room/peers/:peer/allow',
    {
      config,
      schema: {
        ...ACT,
        operationId: 'allowSource',
        summary: 'Allow a source that was muted hard',
        description: 'Resumes nothing: that is up to the peer.',
        body: OfSource,
      },
    },
    async (request, reply) => {
      const { room, peer: peerId } = request.params;
      moderation.allowSource(actorOf(request), room, { peerId, ...request.body });
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/api/v1/rooms/:room/peers/:peer/stop',
    {
      config,
      schema: {
        ...ACT,
        operationId: 'stopSource',
        summary: 'Stop a source',
        description: 'Closes what the peer publishes of it. The peer may publish it anew.',
        body: OfSource,
      },
    },
    async (request, reply) => {
      const { room, peer: peerId } = request.params;
      moderation.stopSource(actorOf(request), room, { peerId, ...request.body });
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/api/v1/rooms/:room/peers/:peer/lower-hand',
    { config, schema: { ...ACT, operationId: 'lowerHand', summary: 'Lower the hand of a peer' } },
    async (request, reply) => {
      const { room, peer: peerId } = request.params;
      moderation.lowerHand(actorOf(request), room, { peerId });
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/api/v1/rooms/:room/lower-hands',
    {
      config,
      schema: { ...ACT, params: RoomParams, operationId: 'lowerAllHands', summary: 'Lower all hands' },
    },
    async (request, reply) => {
      moderation.lowerAllHands(actorOf(request), request.params.room);
      return reply.code(204).send(null);
    },
  );

  server.put(
    '/api/v1/rooms/:room/peers/:peer/type',
    {
      config,
      schema: {
        ...ACT,
        operationId: 'setUserType',
        summary: 'Give a peer another type',
        description:
          'For its session, within what its token is narrowed to. What the type does not allow is closed.',
        body: UserType,
      },
    },
    async (request, reply) => {
      const { room, peer: peerId } = request.params;
      moderation.setUserType(actorOf(request), room, { peerId, userType: request.body.user_type });
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/api/v1/rooms/:room/peers/:peer',
    {
      config,
      schema: {
        ...ACT,
        operationId: 'removePeer',
        summary: 'Remove a peer',
        description: 'With all peers of its user, whose tokens for this room are refused from now on.',
      },
    },
    async (request, reply) => {
      const { room, peer } = request.params;
      await moderation.removePeer(actorOf(request), room, peer);
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/api/v1/rooms/:room/users/:user_id',
    {
      config,
      schema: {
        ...ACT,
        operationId: 'removeUser',
        summary: 'Remove a user, who may be absent',
        params: RoomParams.extend({ user_id: UserId }),
      },
    },
    async (request, reply) => {
      const { room, user_id } = request.params;
      await moderation.removeUser(actorOf(request), room, user_id);
      return reply.code(204).send(null);
    },
  );
}
