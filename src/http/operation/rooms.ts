/** `GET /rooms`: the open rooms, in the shape of the Go server before this one. An API key that may read sees those with its prefix. */
import type { FastifyPluginAsync } from 'fastify';
import type { ApiKeys } from '../../auth/api-keys.ts';

export interface RoomListOptions {
  apiKeys: ApiKeys;
  rooms: { open(): readonly { readonly name: string; readonly size: number }[] };
}

export function roomListRoute({ apiKeys, rooms }: RoomListOptions): FastifyPluginAsync {
  return async (server) => {
    server.get('/rooms', async ({ headers }, reply) => {
      const key = apiKeys.verify(headers.authorization);
      key.require('read');
      const found = rooms.open().filter(({ name }) => key.reaches(name));
      return reply.header('cache-control', 'no-store').send({
        timestamp: new Date().toISOString(),
        rooms: found.map(({ name, size }) => ({ room_id: name, peer_count: size })),
        total_rooms: found.length,
        total_peers: found.reduce((sum, { size }) => sum + size, 0),
      });
    });
  };
}
