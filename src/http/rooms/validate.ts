/** The door over plain HTTP. Browsers cannot read why an upgrade failed: here they can ask. */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Identity } from '../../auth/claims.ts';
import type { OriginPolicy } from '../../auth/origins.ts';
import { AppError } from '../../lib/errors.ts';
import { shareWithEverybody } from '../cors.ts';

export interface ValidateOptions {
  /** The check of the door, the same as before an upgrade. Throws AppError. */
  authorize: (request: IncomingMessage) => Identity | Promise<Identity>;
  origins: OriginPolicy;
}

export function validateRoutes({ authorize, origins }: ValidateOptions): FastifyPluginAsync {
  return async (server) => {
    // A page that may not connect can read that alone: `authorize` checks the origin before the token.
    shareWithEverybody(server, { '/aq_server/validate': 'GET' });

    server.get('/aq_server/validate', async (request, reply) => {
      checkNamedOrigin(request, origins);
      const identity = await authorize(request.raw);
      return reply.header('cache-control', 'no-store').send({ claims: claimsOf(identity) });
    });

    // A request with `Upgrade: websocket` never gets here: it is signaling's.
    server.get('/aq_server/websocket', async (request) => {
      await authorize(request.raw);
      throw new AppError('upgrade_invalid');
    });
  };
}

/**
 * Browsers send no `Origin` when a page of this server's own host asks, so the page names its origin in `?origin=`.
 * @throws AppError `origin_not_allowed`
 */
function checkNamedOrigin({ query, headers }: FastifyRequest, origins: OriginPolicy): void {
  if (headers.origin !== undefined || typeof query !== 'object' || query === null) return;
  if ('origin' in query && typeof query.origin === 'string') origins.check(query.origin, headers.host);
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
