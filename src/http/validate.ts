/** The door over plain HTTP. Browsers cannot read why an upgrade failed: here they can ask. */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../auth/claims.ts';
import type { OriginPolicy } from '../auth/origins.ts';
import { AppError } from '../lib/errors.ts';

export interface ValidateOptions {
  /** The check of the door, the same as before an upgrade. Throws AppError. */
  authorize: (request: IncomingMessage) => Identity | Promise<Identity>;
  origins: OriginPolicy;
}

export function validateRoutes({ authorize, origins }: ValidateOptions): FastifyPluginAsync {
  return async (server) => {
    // Before the check, so that a page may read the refusal too.
    server.addHook('onRequest', async (request, reply) => allowOrigin(origins, request, reply));

    server.get('/aq_server/validate', async (request, reply) => {
      const identity = await authorize(request.raw);
      return reply.header('cache-control', 'no-store').send({ claims: claimsOf(identity) });
    });

    server.options('/aq_server/validate', async ({ headers }, reply) => {
      origins.check(headers.origin, headers.host);
      reply.headers({
        'access-control-allow-methods': 'GET',
        'access-control-allow-headers': 'authorization',
        'access-control-max-age': '600',
      });
      return reply.code(204).send();
    });

    // A request with `Upgrade: websocket` never gets here: it is signaling's.
    server.get('/aq_server/websocket', async (request) => {
      await authorize(request.raw);
      throw new AppError('upgrade_invalid');
    });
  };
}

function allowOrigin(origins: OriginPolicy, { headers }: FastifyRequest, reply: FastifyReply): void {
  reply.header('vary', 'origin');
  if (headers.origin === undefined) return;
  try {
    origins.check(headers.origin, headers.host);
    reply.header('access-control-allow-origin', headers.origin);
  } catch {
    // The check of the door refuses it in a moment.
  }
}

/** As they stand in a token, with the defaults filled in. */
function claimsOf(identity: Identity): Record<string, unknown> {
  return {
    user_id: identity.userId,
    name: identity.name,
    email: identity.email,
    room: identity.room,
    user_type: identity.userType,
    grants: [...identity.grants],
    iat: identity.issuedAt,
    exp: identity.expiresAt,
    jti: identity.tokenId,
  };
}
