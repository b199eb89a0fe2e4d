/** `GET /health`: whether this server takes calls, for load balancers and those who watch. */
import type { FastifyPluginAsync } from 'fastify';

export interface HealthOptions {
  /** `healthy` once everything listens, and until the server begins to close. */
  state: () => 'starting' | 'healthy' | 'closing';
  /** How many peers are in rooms. */
  peers: () => number;
  /** What the dialer's events come to. */
  calls?: () => CallHealth;
}

export interface CallHealth {
  /** Sockets of agents. */
  agents: number;
  /** Stored and sent since the start; sent counts once for each agent. */
  eventsIn: number;
  eventsOut: number;
  /** In the last five minutes. */
  errors: number;
}

const messages = {
  starting: 'Server is starting',
  healthy: 'Server is running',
  closing: 'Server is closing',
} as const;

/** The shape is that of the Go server before this one. */
export function healthRoute({ state, peers, calls }: HealthOptions): FastifyPluginAsync {
  return async (server) => {
    server.get('/health', async (_request, reply) => {
      const status = state();
      return reply
        .code(status === 'healthy' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({
          status,
          message: messages[status],
          timestamp: new Date().toISOString(),
          peers: peers(),
          ...(calls && { calls: callsToWire(calls()) }),
        });
    });
  };
}

function callsToWire({ agents, eventsIn, eventsOut, errors }: CallHealth): object {
  return { agents, events_in: eventsIn, events_out: eventsOut, errors_last_5_minutes: errors };
}
