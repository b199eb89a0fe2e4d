/** `GET /health`: whether this server takes calls, for load balancers and those who watch. */
import type { FastifyPluginAsync } from 'fastify';

export interface HealthOptions {
  /** `healthy` once everything listens, and until the server begins to close. */
  state: () => 'starting' | 'healthy' | 'closing';
  /** How many peers are in rooms. */
  peers: () => number;
}

const messages = {
  starting: 'Server is starting',
  healthy: 'Server is running',
  closing: 'Server is closing',
} as const;

/** The shape is that of the Go server before this one. */
export function healthRoute({ state, peers }: HealthOptions): FastifyPluginAsync {
  return async (server) => {
    server.get('/health', async (_request, reply) => {
      const status = state();
      return reply
        .code(status === 'healthy' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status, message: messages[status], timestamp: new Date().toISOString(), peers: peers() });
    });
  };
}
