/** `GET /metrics`: what Prometheus reads. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { loopback } from '../../auth/addresses.ts';
import { AppError } from '../../lib/errors.ts';

export interface MetricsOptions {
  contentType: string;
  text: () => Promise<string>;
  /** What readers show as `Authorization: Bearer`. */
  token: string | undefined;
  /**
   * Who needs no token. A proxy on this machine may forward what strangers ask without saying so: `local` is for servers
   * that have none.
   */
  trusted: 'nobody' | 'local' | 'anybody';
}

export function metricsRoute(options: MetricsOptions): FastifyPluginAsync {
  const { contentType, text } = options;
  return async (server) => {
    server.get('/metrics', async (request, reply) => {
      checkReader(request, options);
      return reply
        .header('content-type', contentType)
        .header('cache-control', 'no-store')
        .send(await text());
    });
  };
}

/** @throws AppError `forbidden` */
function checkReader(request: FastifyRequest, { token, trusted }: MetricsOptions): void {
  if (trusted === 'anybody' || (trusted === 'local' && isLocal(request))) return;
  if (token === undefined) throw new AppError('forbidden', 'METRICS_TOKEN or METRICS_ADDR must be set');
  if (!hasToken(request, token)) throw new AppError('forbidden', 'METRICS_TOKEN is required');
}

/** Whether a request comes from this machine, and no proxy says that it forwards it. */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const forwarded = headers['x-forwarded-for'] ?? headers.forwarded;
  return forwarded === undefined && loopback.has(socket.remoteAddress ?? '');
}

/** Takes the same time wherever the tokens differ. */
function hasToken({ headers }: FastifyRequest, token: string): boolean {
  const [expected, given] = [Buffer.from(`Bearer ${token}`), Buffer.from(headers.authorization ?? '')];
  return expected.length === given.length && timingSafeEqual(expected, given);
}
