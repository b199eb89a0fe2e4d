/** What a softphone needs and cannot have by itself: a login token without the API key, and SIP credentials. */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import type { Identity } from '../../auth/claims.ts';
import { requireGrant } from '../../auth/grants.ts';
import type { OriginPolicy } from '../../auth/origins.ts';
import type { Journal } from '../../lib/journal.ts';
import type { LoginToken } from '../../telephony/login-token.ts';
import type { Telephony } from '../../telephony/telephony.ts';
import { shareWithOrigins } from '../cors.ts';

export interface LoginRoutesOptions {
  telephony: Telephony;
  /** Who asks; throws AppError. */
  authorize: (request: IncomingMessage) => Identity | Promise<Identity>;
  origins: OriginPolicy;
  /** Told each time when somebody has read the SIP credentials. */
  journal: Journal;
}

const TOKEN_PATH = '/api/v1/telephony/token';
const CREDENTIALS_PATH = '/api/v1/telephony/credentials';

export function loginRoutes(options: LoginRoutesOptions): FastifyPluginAsync {
  const { telephony, authorize, origins, journal } = options;
  const authorizeAgent = async (request: IncomingMessage): Promise<Identity> => {
    const identity = await authorize(request);
    requireGrant(identity, 'calls');
    return identity;
  };
  return async (server) => {
    shareWithOrigins(server, origins, { [TOKEN_PATH]: 'POST', [CREDENTIALS_PATH]: 'GET' });

    // Softphones send a content type with no body, which a parser would refuse; nothing of a body is asked for.
    server.removeContentTypeParser('application/json');
    server.addContentTypeParser('application/json', { parseAs: 'string' }, async () => undefined);
    server.post<{ Querystring: { fresh?: unknown } }>(TOKEN_PATH, async (request, reply) => {
      const { userId } = await authorizeAgent(request.raw);
      const token = await telephony.loginToken(userId, { fresh: request.query.fresh === '1' });
      return reply.header('cache-control', 'no-store').send(toWire(token));
    });

    server.get(CREDENTIALS_PATH, async (request, reply) => {
      const { userId, expiresAt } = await authorizeAgent(request.raw);
      const credentials = telephony.sipCredentials(expiresAt * 1000);
      journal({ kind: 'credentials-read', user: userId, actor: `user:${userId}` });
      return reply.header('cache-control', 'no-store').send(credentials);
    });
  };
}

function toWire({ token, expiresAt, refreshAt }: LoginToken): object {
  return {
    login_token: token,
    expires_at: new Date(expiresAt).toISOString(),
    refresh_at: new Date(refreshAt).toISOString(),
  };
}
