/** `GET /health`: whether this server takes calls, for load balancers and those who watch. */
import type { FastifyPluginAsync } from 'fastify';
import type { ApiKeys } from '../../auth/api-keys.ts';
import type { LoginChoice } from '../../telephony/login-choice.ts';

export interface HealthOptions {
  /** `healthy` until the server begins to close. */
  state: () => 'healthy' | 'closing';
  version: string;
  /** What was answered in the last five minutes. */
  recent: () => { readonly requests: number; readonly errors: number };
  /** What those with an API key that may read are told besides. */
  details: () => HealthDetails;
  apiKeys: Pick<ApiKeys, 'verify'>;
  /** Whether changes can be saved. */
  storage: () => StorageHealth;
  /** How many peers are in rooms. */
  peers: () => number;
  /** What the dialer's events come to. */
  calls?: () => CallHealth;
  /** What softphones log in with, or why they cannot. */
  login?: LoginChoice;
}

export interface HealthDetails {
  rooms: number;
  /** Of rooms, joined or not. */
  sessions: number;
  /** Of agents. */
  agents: number;
  workers: readonly { readonly pid: number; readonly cpu: number; readonly answerMs: number }[];
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
export function healthRoute(options: HealthOptions): FastifyPluginAsync {
  const { state, version, recent, storage, peers, calls, login } = options;
  return async (server) => {
    server.get('/health', async ({ headers }, reply) => {
      const stored = storage();
      const { requests, errors } = recent();
      const status = stored.fault && state() === 'healthy' ? 'degraded' : state();
      return reply
        .code(status === 'closing' ? 503 : 200)
        .header('cache-control', 'no-store')
        .send({
          status,
          message: messages[status],
          timestamp: new Date().toISOString(),
          version,
          uptime_seconds: Math.round(process.uptime()),
          requests_last_5_minutes: requests,
          errors_last_5_minutes: errors,
          peers: peers(),
          ...(headers.authorization !== undefined && detailsToWire(headers.authorization, options)),
          ...((stored.fault || stored.lost > 0) && { storage: storageToWire(stored) }),
          ...(calls && { calls: callsToWire(calls()) }),
          ...(login && { telephony: loginToWire(login) }),
        });
    });
  };
}

/** Throws the refusal of the key. */
function detailsToWire(authorization: string, { apiKeys, details }: HealthOptions): object {
  const key = apiKeys.verify(authorization);
  key.require('read');
  key.requireAllRooms();
  const { rooms, sessions, agents, workers } = details();
  return {
    rooms,
    sockets: { rooms: sessions, agents },
    workers: workers.map(({ pid, cpu, answerMs }) => ({
      pid,
      cpu: Math.round(100 * cpu) / 100,
      answer_ms: Math.round(answerMs),
    })),
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
