/** `POST /api/v1/dev/token`: a token for the asking, in development and for this machine alone. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { loopback } from '../../auth/addresses.ts';
import { Subject } from '../../auth/claims.ts';
import { createOriginPolicy, type OriginPolicy } from '../../auth/origins.ts';
import type { MintedToken } from '../../auth/tokens.ts';
import { AppError } from '../../lib/errors.ts';

export interface DevTokenOptions {
  /** Whether other machines get a token too. */
  open: boolean;
  mint: (subject: Subject) => MintedToken;
}

/** @param origins which pages may ask where the route is open; otherwise only the server's own may */
export function devTokenRoute({ open, mint }: DevTokenOptions, origins: OriginPolicy): FastifyPluginAsync {
  return async (server) => {
    server.addHook('onRequest', async (request) => {
      if (open) origins.check(request.headers.origin, request.headers.host);
      else checkLocal(request);
    });
    server.post('/api/v1/dev/token', async (request, reply) => {
      const { token, expiresAt } = mint(parseSubject(request.body));
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ token, expires_at: new Date(expiresAt * 1000).toISOString() });
    });
  };
}

const sameHost = createOriginPolicy({ allowedOrigins: [] });

/**
 * Refuses what does not come from this machine, or comes by the hand of a foreign page: a name that leads to
 * loopback (DNS rebinding) has another Host, and a proxy on this machine forwards for others.
 */
function checkLocal({ socket, headers }: FastifyRequest): void {
  if (!loopback.has(socket.remoteAddress ?? ''))
    throw new AppError('forbidden', 'only this machine gets tokens');
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) {
    throw new AppError('forbidden', 'no tokens through a proxy');
  }
  if (!isLocalHost(headers.host ?? '')) throw new AppError('forbidden', 'ask localhost for tokens');
  sameHost.check(headers.origin, headers.host);
}

/** RFC 6761 section 6.3: names under `localhost` are this machine. */
function isLocalHost(host: string): boolean {
  return /^(([a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

function parseSubject(body: unknown): Subject {
  const parsed = Subject.strict().safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError('invalid_params', `${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
}
