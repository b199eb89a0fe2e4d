/** `/api/v1/rooms`: rooms, what is set of them, and their end. */
import { z } from 'zod';
import type { Moderation } from '../../rooms/moderation.ts';
import type { Rooms } from '../../rooms/rooms.ts';
import { type ApiServer, actorOf, apiKeyOf } from './context.ts';
import { decodeCursor, encodeCursor, PageEnd, PageQuery } from './cursor.ts';
import { isoOrNull, NoContent, RoomMetadata, RoomName, Timestamp } from './schemas.ts';

export interface RoomRoutesOptions {
  rooms: Rooms;
  moderation: Moderation;
}

export const RoomParams = z.object({ room: RoomName });

const MaxPeers = z.int().min(1).max(100_000).nullable().meta({
  description: 'How many peers it takes; null for MAX_PEERS_PER_ROOM, which it never exceeds.',
});

const Room = z
  .object({
    name: z.string(),
    open: z.boolean().meta({ description: 'Whether somebody is in it.' }),
    opened_at: Timestamp.nullable(),
    peers: z.int().meta({ description: 'How many have joined.' }),
    waiting: z.int().meta({ description: 'How many wait in its lobby.' }),
    locked: z.boolean().meta({ description: 'Whether nobody but hosts can join.' }),
    lobby: z.boolean().meta({ description: 'Whether all but hosts wait to be admitted.' }),
    max_peers: MaxPeers,
    metadata: RoomMetadata.meta({ description: 'What its members are told of it.' }),
  })
  .meta({ id: 'Room' });

const RoomSettings = z
  .strictObject({
    locked: z.boolean().exactOptional(),
    lobby: z.boolean().exactOptional(),
    max_peers: MaxPeers.exactOptional(),
    metadata: RoomMetadata.exactOptional(),
  })
  .meta({
    description: 'What is not named stays as it is.',
    examples: [
      { locked: true },
      { max_peers: 20, metadata: { title: 'Planning' } },
      { lobby: false, locked: false },
    ],
  });

export function roomRoutes(server: ApiServer, { rooms, moderation }: RoomRoutesOptions): void {
  server.get(
    '/api/v1/rooms',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'listRooms',
        tags: ['Rooms'],
        summary: 'List open rooms',
        description: 'In the order of their names.',
        querystring: z.object(PageQuery),
        response: { 200: z.object({ rooms: z.array(Room), ...PageEnd }) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const after = decodeCursor(cursor, z.string()) ?? '';
      const key = apiKeyOf(request);
      const names = rooms
        .open()
        .map(({ name }) => name)
        .filter((name) => name > after && key.reaches(name))
        .sort(byCodeUnits);
      const page = names.slice(0, limit);
      const last = page.at(-1);
      return {
        rooms: page.map(describe),
        next: last !== undefined && names.length > page.length ? encodeCursor(last) : null,
      };
    },
  );

  server.get(
    '/api/v1/rooms/:room',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'getRoom',
        tags: ['Rooms'],
        summary: 'Read a room',
        description: 'Every name is a room: one that nobody is in is not `open`.',
        params: RoomParams,
        response: { 200: Room },
      },
    },
    async ({ params }) => describe(params.room),
  );

  server.put(
    '/api/v1/rooms/:room',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'updateRoom',
        tags: ['Rooms'],
        summary: 'Set a room',
        description:
          'Locks it, gives it a lobby, a limit of peers or metadata. Members are told. A lock ends with the meeting; the rest stays.',
        params: RoomParams,
        body: RoomSettings,
        response: { 200: Room },
      },
    },
    async (request) => {
      const { room } = request.params;
      const { max_peers, ...settings } = request.body;
      const maxPeers = max_peers === undefined ? {} : { maxPeers: max_peers ?? undefined };
      await moderation.configure(actorOf(request), room, { ...settings, ...maxPeers });
      return describe(room);
    },
  );

  server.delete(
    '/api/v1/rooms/:room',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'endRoom',
        tags: ['Rooms'],
        summary: 'End a room',
        description: 'Takes everybody out, and refuses all tokens that there are for the room by now.',
        params: RoomParams,
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      await moderation.endRoom(actorOf(request), request.params.room);
      return reply.code(204).send(null);
    },
  );

  function describe(name: string): z.input<typeof Room> {
    const room = rooms.find(name);
    const { locked, lobby, maxPeers = null, metadata } = moderation.settings(name);
    return {
      name,
      open: room !== undefined,
      opened_at: isoOrNull(room?.openedAt),
      peers: room?.size ?? 0,
      waiting: moderation.waiting(name).length,
      locked,
      lobby,
      max_peers: maxPeers,
      metadata,
    };
  }
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : 1;
}
