/** What WHIP and WHEP have in common: offers and fragments as bodies, and the address of a session. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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
import { type Bearer, type WhipSession, WhipSessions } from './whip-sessions.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const CORS_HEADERS = { send: ['if-match'], read: ['location', 'etag', 'link'] };

export interface SessionRoutesOptions {
  /** Who a request comes from; throws the refusal. */
  authorize(request: IncomingMessage): Identity;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
  origins: OriginPolicy;
  iceServers: IceServers;
  costs: Costs;
}

/** An offer, and who makes it. */
export interface OfferRequest {
  readonly sdp: string;
  readonly identity: Identity;
  readonly address: string;
  readonly token: string;
}

interface Endpoint {
  /** Where offers are posted: `/whip` or `/whep`. Below it are rooms and sessions. */
  path: string;
  /** Answers an offer. */
  open(
    offer: OfferRequest,
    query: FastifyRequest['query'],
  ): Promise<{ session: WhipSession; answer: string }>;
}

/** The routes: `POST` an offer to the path or to the room below it, then `PATCH` and `DELETE` at the address of `Location`. */
export function addSessionRoutes(
  server: FastifyInstance,
  { path, open }: Endpoint,
  options: SessionRoutesOptions,
): void {
  const sessions = new WhipSessions();
  const sessionPath = `${path}/sessions/:id`;
  const endpoints = [path, `${path}/:room`];
  const methods = { [path]: 'POST', [`${path}/:room`]: 'POST', [sessionPath]: 'PATCH, DELETE' };
  answerProblems(server);
  shareWithOrigins(server, options.origins, methods, CORS_HEADERS);
  readText(server);
  for (const endpoint of endpoints) {
    server.post(endpoint, requireType(SDP), async (request, reply) => {
      const { session, answer } = await open(readOffer(request, options), request.query);
      sessions.add(session);
      return sendAnswer(reply, { path, session, answer, links: options.iceServers });
    });
  }
  // RFC 9725 section 4.1: 2xx, without content.
  for (const readable of [...endpoints, sessionPath]) {
    server.get(readable, async (_request, reply) => reply.code(204).send());
  }
  server.patch(sessionPath, requireType(FRAGMENT), async (request, reply) => {
    const session = sessions.get(paramOf(request, 'id'));
    session.checkBearer(bearerOf(request, options));
    return await patchSession(session, request, { reply, costs: options.costs });
  });
  server.delete(sessionPath, async (request, reply) => {
    const session = sessions.get(paramOf(request, 'id'));
    session.checkBearer(bearerOf(request, options));
    session.member.close('left');
    // OBS takes only this for success.
    return reply.code(200).send();
  });
}

/** A parameter of the query, if it is there once. */
export function queryOf(query: unknown, name: string): string | undefined {
  const value =
    typeof query === 'object' && query !== null ? new Map(Object.entries(query)).get(name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Throws why the bearer of the token may not come, and `forbidden` for another room. */
function readOffer(request: FastifyRequest, { authorize, addressOf }: SessionRoutesOptions): OfferRequest {
  const identity = authorize(request.raw);
  const room = paramOf(request, 'room');
  if (room !== '' && room !== identity.room) throw new AppError('forbidden', 'the token is for another room');
  return { sdp: textOf(request), identity, address: addressOf(request.raw), token: readToken(request.raw) };
}

function sendAnswer(
  reply: FastifyReply,
  { path, session, answer, links }: { path: string; session: WhipSession; answer: string; links: IceServers },
): FastifyReply {
  return reply
    .code(201)
    .headers({
      'content-type': SDP,
      'cache-control': 'no-store',
      location: `${path}/sessions/${session.id}`,
      etag: session.etag,
      link: iceServerLinks(links(session.member.claims.userId)),
    })
    .send(answer);
}

/** Trickled candidates are not needed; other credentials of the client restart ICE (RFC 9725 section 4.3). */
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
  costs.take('connect', session.member.identity);
  const iceParameters = await session.restartIce(ice);
  const { transport } = session.member;
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

function bearerOf(request: FastifyRequest, { authorize }: SessionRoutesOptions): Bearer {
  return { token: readToken(request.raw), authorize: () => authorize(request.raw) };
}
