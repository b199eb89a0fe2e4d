/** WHIP (RFC 9725): encoders publish into rooms. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../auth/claims.ts';
import type { IceServers } from '../../auth/ice-servers.ts';
import type { OriginPolicy } from '../../auth/origins.ts';
import { readToken } from '../../auth/requests.ts';
import { AppError } from '../../lib/errors.ts';
import type { Costs } from '../../rooms/costs.ts';
import { readFragment, writeFragment } from '../../sdp/fragment.ts';
import { shareWithOrigins } from '../cors.ts';
import { answerProblems } from '../problems.ts';
import { iceServerLinks } from './link-header.ts';
import { type PublishParts, publish } from './publish.ts';
import { type Bearer, type WhipSession, WhipSessions } from './whip-sessions.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const SESSION_PATH = '/whip/sessions/:id';
const CORS_METHODS = { '/whip': 'POST', '/whip/:room': 'POST', [SESSION_PATH]: 'PATCH, DELETE' };
const CORS_HEADERS = { send: ['if-match'], read: ['location', 'etag', 'link'] };
/** What the tracks of an encoder are, by the parameter `source`. */
const SOURCES = {
  camera: { video: 'camera', audio: 'mic' },
  screen: { video: 'screen', audio: 'screen-audio' },
} as const;

export interface WhipOptions extends PublishParts {
  /** Who a request comes from; throws the refusal. */
  authorize(request: IncomingMessage): Identity;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
  origins: OriginPolicy;
  iceServers: IceServers;
}

/** The routes: `POST` an offer to `/whip` or `/whip/{room}`, then `PATCH` and `DELETE` at the address of `Location`. */
export function whipRoutes(options: WhipOptions): FastifyPluginAsync {
  const sessions = new WhipSessions();
  return async (server) => {
    answerProblems(server);
    shareWithOrigins(server, options.origins, CORS_METHODS, CORS_HEADERS);
    readText(server);
    for (const path of ['/whip', '/whip/:room']) {
      server.post(path, requireType(SDP), (request, reply) =>
        postOffer(request, reply, { ...options, sessions }),
      );
    }
    // RFC 9725 section 4.1: 2xx, without content.
    for (const path of ['/whip', '/whip/:room', SESSION_PATH]) {
      server.get(path, async (_request, reply) => reply.code(204).send());
    }
    server.patch(SESSION_PATH, requireType(FRAGMENT), async (request, reply) => {
      const session = sessions.get(paramOf(request, 'id'));
      session.checkBearer(bearerOf(request, options));
      return await patchSession(session, request, { reply, costs: options.costs });
    });
    server.delete(SESSION_PATH, async (request, reply) => {
      const session = sessions.get(paramOf(request, 'id'));
      session.checkBearer(bearerOf(request, options));
      session.ingest.close('left');
      // OBS takes only this for success.
      return reply.code(200).send();
    });
  };
}

async function postOffer(
  request: FastifyRequest,
  reply: FastifyReply,
  options: WhipOptions & { sessions: WhipSessions },
): Promise<FastifyReply> {
  const { sessions, iceServers, addressOf } = options;
  const identity = options.authorize(request.raw);
  const room = paramOf(request, 'room');
  if (room !== '' && room !== identity.room) throw new AppError('forbidden', 'the token is for another room');
  const { session, answer } = await publish(
    {
      sdp: textOf(request),
      identity,
      address: addressOf(request.raw),
      token: readToken(request.raw),
      sources: SOURCES[sourceOf(request)],
    },
    options,
  );
  sessions.add(session);
  return reply
    .code(201)
    .headers({
      'content-type': SDP,
      'cache-control': 'no-store',
      location: `/whip/sessions/${session.id}`,
      etag: session.etag,
      link: iceServerLinks(iceServers(identity.userId)),
    })
    .send(answer);
}

/** Trickled candidates are not needed; other credentials of the encoder restart ICE (RFC 9725 section 4.3). */
async function patchSession(
  session: WhipSession,
  request: FastifyRequest,
  { reply, costs }: { reply: FastifyReply; costs: Costs },
): Promise<FastifyReply> {
  const condition = request.headers['if-match'];
  if (condition === undefined) throw new AppError('etag_required');
  if (condition !== '*' && condition !== session.etag) throw new AppError('etag_mismatch');
  const ice = readFragment(textOf(request));
  if (!session.isRestart(ice)) return reply.code(204).send();
  costs.take('connect', session.ingest.identity);
  const iceParameters = await session.restartIce(ice);
  const { transport } = session.ingest;
  return reply
    .code(200)
    .headers({ 'content-type': FRAGMENT, etag: session.etag })
    .send(writeFragment(iceParameters, { transport, mid: session.mid }));
}

/** Bodies are text here, whatever they say that they are: another type is refused by its route. */
function readText(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    '*',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => body,
  );
}

function requireType(type: string) {
  return {
    onRequest: async ({ headers }: FastifyRequest) => {
      const given = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
      if (given !== type) throw new AppError('media_type_not_supported', `send ${type}`);
    },
  };
}

function textOf({ body }: FastifyRequest): string {
  return typeof body === 'string' ? body : '';
}

function paramOf({ params }: FastifyRequest, name: 'room' | 'id'): string {
  const value = typeof params === 'object' && params !== null ? Object.entries(params) : [];
  return String(value.find(([key]) => key === name)?.[1] ?? '');
}

function sourceOf({ query }: FastifyRequest): keyof typeof SOURCES {
  const source = typeof query === 'object' && query !== null && 'source' in query ? query.source : 'camera';
  if (source === 'camera' || source === 'screen') return source;
  throw new AppError('invalid_params', 'source is camera or screen');
}

function bearerOf(request: FastifyRequest, { authorize }: WhipOptions): Bearer {
  return { token: readToken(request.raw), authorize: () => authorize(request.raw) };
}
