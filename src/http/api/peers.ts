/** `/api/v1/rooms/{room}/peers`: who is in a room, and how well their media arrives. */
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { GRANTS, SOURCES } from '../../protocol/grants.ts';
import type { Member } from '../../rooms/member.ts';
import type { Room } from '../../rooms/room.ts';
import { type SourceStatistics, statisticsOf } from '../../rooms/source-statistics.ts';
import type { ApiServer } from './context.ts';
import { decodeCursor, encodeCursor, PageEnd, PageQuery } from './cursor.ts';
import { RoomParams, type RoomRoutesOptions } from './rooms.ts';
import { isoOf, isoOrNull, PeerId, RoomMetadata, Timestamp } from './schemas.ts';

export const PeerParams = RoomParams.extend({ peer: PeerId });

const Statistics = z
  .object({
    bitrate: z.number().meta({ description: 'Bits per second, all layers together.' }),
    bytes: z.number(),
    packets: z.number(),
    packets_lost: z.number(),
    loss_rate: z.number().meta({ description: 'The share of packets lost lately, 0 to 1.' }),
    jitter: z.number().meta({ description: 'In units of the codec’s clock (RFC 3550).' }),
    round_trip_ms: z.number().nullable(),
    score: z.number().meta({ description: '0 to 10.' }),
    layers: z.int().meta({ description: 'Layers of simulcast that arrive.' }),
  })
  .meta({ id: 'SourceStatistics' });

const Source = z
  .object({
    id: z.string(),
    source: z.enum(SOURCES),
    kind: z.enum(['audio', 'video']),
    paused: z.boolean(),
    statistics: Statistics.exactOptional().meta({ description: 'Where `statistics=true` asks for them.' }),
  })
  .meta({ id: 'Source' });

const Peer = z
  .object({
    id: z.string(),
    user_id: z.string(),
    name: z.string(),
    user_type: z.string(),
    grants: z.array(z.enum(GRANTS)),
    joined_at: Timestamp,
    metadata: RoomMetadata,
    hand_raised_at: Timestamp.nullable(),
    reconnecting: z.boolean().meta({ description: 'Its connection is lost, and may come back.' }),
    muted_sources: z.array(z.enum(SOURCES)).meta({ description: 'Muted until they are allowed.' }),
    sources: z.array(Source),
  })
  .meta({ id: 'Peer' });

const WithStatistics = z
  .enum(['true', 'false'])
  .default('false')
  .meta({ description: 'Whether sources are answered with their statistics.' });

/** The most peers in an answer with statistics: each source is asked of the media worker. */
const MAX_MEASURED = 100;

export function peerRoutes(server: ApiServer, { rooms }: RoomRoutesOptions): void {
  server.get(
    '/api/v1/rooms/:room/peers',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'listPeers',
        tags: ['Peers'],
        summary: 'List the peers of a room',
        description: `In the order in which they joined, at most ${MAX_MEASURED} with statistics.`,
        params: RoomParams,
        querystring: z.object({ statistics: WithStatistics, ...PageQuery }),
        response: { 200: z.object({ peers: z.array(Peer), ...PageEnd }) },
      },
    },
    async ({ params, query }) => {
      const room = rooms.find(params.room);
      const measured = query.statistics === 'true';
      const limit = measured ? Math.min(query.limit, MAX_MEASURED) : query.limit;
      const after = decodeCursor(query.cursor, Place) ?? { at: 0, id: '' };
      const later = room ? placesIn(room).filter((place) => isAfter(place, after)) : [];
      const page = later.slice(0, limit);
      const last = page.at(-1);
      const peers = page.map(({ member, at }) => peerToWire(member, at, measured));
      return {
        peers: await Promise.all(peers),
        next: last && later.length > page.length ? encodeCursor({ at: last.at, id: last.id }) : null,
      };
    },
  );

  server.get(
    '/api/v1/rooms/:room/peers/:peer',
    {
      config: { right: 'read' },
      schema: {
        operationId: 'getPeer',
        tags: ['Peers'],
        summary: 'Read a peer, with the statistics of its sources',
        params: PeerParams,
        response: { 200: Peer },
      },
    },
    async ({ params }) => {
      const room = rooms.find(params.room);
      if (!room) throw new AppError('not_found', 'nobody is in this room');
      const member = room.member(params.peer);
      return await peerToWire(member, room.joinedAt(member) ?? 0, true);
    },
  );
}

const Place = z.object({ at: z.number(), id: z.string() });

interface PeerPlace extends z.infer<typeof Place> {
  readonly member: Member;
}

function placesIn(room: Room): PeerPlace[] {
  return room
    .membersOf()
    .map((member) => ({ member, id: member.id, at: room.joinedAt(member) ?? 0 }))
    .sort((one, other) => (isAfter(one, other) ? 1 : -1));
}

function isAfter(one: z.infer<typeof Place>, other: z.infer<typeof Place>): boolean {
  return one.at > other.at || (one.at === other.at && one.id > other.id);
}

async function peerToWire(
  member: Member,
  joinedAt: number,
  measured: boolean,
): Promise<z.input<typeof Peer>> {
  const info = member.info();
  const { grants } = member.identity;
  const statistics = measured ? await statisticsOf(member) : undefined;
  return {
    id: info.id,
    user_id: info.userId,
    name: info.name,
    user_type: info.userType,
    grants: [...grants],
    joined_at: isoOf(joinedAt),
    metadata: info.metadata,
    hand_raised_at: isoOrNull(info.handRaisedAt),
    reconnecting: info.reconnecting,
    muted_sources: info.mutedSources,
    sources: info.producers.map(({ id, source, kind, paused }) => {
      const measurement = statistics?.get(id);
      return { id, source, kind, paused, ...(measurement && { statistics: statisticsToWire(measurement) }) };
    }),
  };
}

function statisticsToWire(statistics: SourceStatistics): z.input<typeof Statistics> {
  const { bitrate, bytes, packets, jitter, score, layers } = statistics;
  return {
    bitrate,
    bytes,
    packets,
    packets_lost: statistics.packetsLost,
    loss_rate: statistics.lossRate,
    jitter,
    round_trip_ms: statistics.roundTripMs ?? null,
    score,
    layers,
  };
}
