/** CORS (the Fetch standard, section 3.2): which pages of other origins may read what is answered. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OriginPolicy } from '../auth/origins.ts';

/** The headers of answers that pages may read beside those that they always may. */
const EXPOSED = ['retry-after'];

/**
 * Lets pages of allowed origins read what the routes of this plugin answer, refusals too, and answers their preflights.
 * Nobody else is refused by this: that is the affair of each route's own check.
 *
 * @param methods of each path that pages may ask: `{ '/api/v1/calls': 'GET' }`
 * @param also the names of further headers that pages may send and read
 */
export function shareWithOrigins(
  server: FastifyInstance,
  origins: OriginPolicy,
  methods: Readonly<Record<string, string>>,
  also: { readonly send?: readonly string[]; readonly read?: readonly string[] } = {},
): void {
  // Before any check, so that a page may read the refusal too.
  server.addHook('onRequest', async (request, reply) => allowOrigin(origins, request, reply, also.read));
  for (const [path, allowed] of Object.entries(methods)) {
    server.options(path, async ({ headers }, reply) => {
      origins.check(headers.origin, headers.host);
      return sendPreflight(reply, allowed, also.send);
    });
  }
}

/**
 * Lets pages of all origins read what the routes of this plugin answer, and answers their preflights. It is for routes
 * that check the origin themselves, and whose refusal the page has to read.
 *
 * @param methods of each path, as for `shareWithOrigins`
 */
export function shareWithEverybody(server: FastifyInstance, methods: Readonly<Record<string, string>>): void {
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', ...exposing(EXPOSED), vary: 'origin' });
  });
  for (const [path, allowed] of Object.entries(methods)) {
    server.options(path, async (_request, reply) => sendPreflight(reply, allowed));
  }
}

function sendPreflight(reply: FastifyReply, methods: string, also: readonly string[] = []): FastifyReply {
  reply.headers({
    'access-control-allow-methods': methods,
    'access-control-allow-headers': ['authorization', 'content-type', ...also].join(', '),
    'access-control-max-age': '600',
  });
  return reply.code(204).send();
}

function allowOrigin(
  origins: OriginPolicy,
  { headers }: FastifyRequest,
  reply: FastifyReply,
  also: readonly string[] = [],
): void {
  reply.header('vary', 'origin');
  if (headers.origin === undefined) return;
  try {
    origins.check(headers.origin, headers.host);
    reply.headers({ 'access-control-allow-origin': headers.origin, ...exposing([...EXPOSED, ...also]) });
  } catch {
    // The check of the door refuses it in a moment.
  }
}

function exposing(names: readonly string[]): Record<string, string> {
  return { 'access-control-expose-headers': names.join(', ') };
}
