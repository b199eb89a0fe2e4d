/** `GET /ready`: whether a load balancer should send new rooms to this node. */
import type { FastifyPluginAsync } from 'fastify';

export interface Readiness {
  readonly status: 'ready' | 'starting' | 'overloaded' | 'draining' | 'closing';
  /** Why it is not ready. */
  readonly reason?: string;
}

/** Answers 200 while the node is ready, and 503 with the reason otherwise. */
export function readyRoute(readiness: () => Readiness): FastifyPluginAsync {
  return async (server) => {
    server.get('/ready', async (_request, reply) => {
      const found = readiness();
      return reply
        .code(found.status === 'ready' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(found);
    });
  };
}
