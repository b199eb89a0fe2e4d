/** `GET /health`: whether this server takes calls, for load balancers and those who watch. */
import type { FastifyPluginAsync } from 'fastify';
import type { LoginChoice } from '../../telephony/login-choice.ts';

export interface HealthOptions {
  /** `healthy` until the server begins to close. */
  state: () => 'healthy' | 'closing';
  /** Whether changes can be saved. */
  storage: () => StorageHealth;
  /** How many peers are in rooms. */
  peers: () => number;
  /** What the dialer's events come to. */
  calls?: () => CallHealth;
  /** What softphones log in with, or why they cannot. */
  login?: LoginChoice;
}

export interface StorageHealth {
  /** Why changes cannot be saved; undefined while they can be. */
  fault: string | undefined;
  /** When the fault began, in milliseconds since 1970-01-01 UTC. */
  since: number | undefined;
  /** The number of changes that are in force and wait to be saved. */
  unsaved: number;
  /** The number of changes that exceeded the limit of those: they are in force until the server ends. */
  lost: number;
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
  healthy: 'Server is running',
  degraded: 'Server is running, but cannot save changes',
  closing: 'Server is closing',
} as const;

/** The shape is that of the Go server before this one. `degraded` is 200: rooms and media work. */
export function healthRoute({ state, storage, peers, calls, login }: HealthOptions): FastifyPluginAsync {
  return async (server) => {
    server.get('/health', async (_request, reply) => {
      const stored = storage();
      const status = stored.fault && state() === 'healthy' ? 'degraded' : state();
      return reply
        .code(status === 'closing' ? 503 : 200)
        .header('cache-control', 'no-store')
        .send({
          status,
          message: messages[status],
          timestamp: new Date().toISOString(),
          peers: peers(),
          ...((stored.fault || stored.lost > 0) && { storage: storageToWire(stored) }),
          ...(calls && { calls: callsToWire(calls()) }),
          ...(login && { telephony: loginToWire(login) }),
        });
    });
  };
}

function storageToWire({ fault, since, unsaved, lost }: StorageHealth): object {
  return {
    ...(fault && { fault }),
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    unsaved,
    lost,
  };
}

function callsToWire({ agents, eventsIn, eventsOut, errors }: CallHealth): object {
  return { agents, events_in: eventsIn, events_out: eventsOut, errors_last_5_minutes: errors };
}

function loginToWire(login: LoginChoice): object {
  return { login: login.way, ...(login.way === 'off' && { reason: login.reason }) };
}
