/** `GET /metrics`: what Prometheus reads. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { loopback } from '../../auth/addresses.ts';
import { AppError } from '../../lib/errors.ts';

export interface MetricsOptions {
  contentType: string;
  text: () => Promise<string>;
  /** What others than this machine show as `Authorization: Bearer`; without it they get nothing. */
  token: string | undefined;
}

export function metricsRoute({ contentType, text, token }: MetricsOptions): FastifyPluginAsync {
  return async (server) => {
    server.get('/metrics', async (request, reply) => {
      if (!isLocal(request) && !hasToken(request, token)) {
        throw new AppError('forbidden', 'ask from the machine itself, or with METRICS_TOKEN');
      }
      return reply
        .header('content-type', contentType)
        .header('cache-control', 'no-store')
        .send(await text());
    });
  };
}

/** From this machine, and not by a proxy on it. */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const forwarded = headers['x-forwarded-for'] ?? headers.forwarded;
  return forwarded === undefined && loopback.has(socket.remoteAddress ?? '');
}

/** Compares in a time that says nothing of where they differ. */
function hasToken({ headers }: FastifyRequest, token: string | undefined): boolean {
  if (token === undefined) return false;
  const [ours, theirs] = [Buffer.from(`Bearer ${token}`), Buffer.from(headers.authorization ?? '')];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
