/** `GET /api/v1/calls`: the recent calls, for agents. */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { Identity } from '../../auth/claims.ts';
import { requireGrant } from '../../auth/grants.ts';
import type { OriginPolicy } from '../../auth/origins.ts';
import { AppError } from '../../lib/errors.ts';
import type { CallEvents } from '../../telephony/call-events.ts';
import type { Call, Leg, Recording } from '../../telephony/call-state.ts';
import { shareWithOrigins } from '../cors.ts';

export interface CallRoutesOptions {
  events: CallEvents;
  /** Who asks; throws AppError. */
  authorize: (request: IncomingMessage) => Identity | Promise<Identity>;
  origins: OriginPolicy;
}

const CALLS_PATH = '/api/v1/calls';
/** The most calls in an answer. */
const MAX_CALLS = 100;

const Count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const Query = z.object({
  limit: Count.refine((limit) => limit >= 1 && limit <= MAX_CALLS).default(MAX_CALLS),
  before: Count.optional(),
});

/** The newest first, built of the events that the agent's token lets through. */
export function callRoutes({ events, authorize, origins }: CallRoutesOptions): FastifyPluginAsync {
  return async (server) => {
    shareWithOrigins(server, origins, { [CALLS_PATH]: 'GET' });
    server.get(CALLS_PATH, async (request, reply) => {
      const identity = await authorize(request.raw);
      requireGrant(identity, 'calls');
      const { calls, next } = events.calls({ filter: identity.calls, ...parseQuery(request.query) });
      return reply
        .header('cache-control', 'no-store')
        .send({ calls: calls.map(callToWire), ...(next !== undefined && { next }) });
    });
  };
}

/** @throws AppError `invalid_params` */
function parseQuery(query: unknown): z.infer<typeof Query> {
  const parsed = Query.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'invalid_params',
    `limit must be 1 to ${MAX_CALLS}, and before the next of another answer`,
  );
}

/** A call as agents and backends are told of it. */
export function callToWire({ id, state, legs, recordings }: Call) {
  return { id, state, legs: legs.map(legToWire), recordings: recordings.map(recordingToWire) };
}

function legToWire(leg: Leg) {
  return {
    id: leg.id,
    state: leg.state,
    call_control_id: leg.callControlId,
    connection_id: leg.connectionId,
    from: leg.from,
    to: leg.to,
    direction: leg.direction,
    started_at: leg.startedAt,
    answered_at: leg.answeredAt,
    ended_at: leg.endedAt,
    hangup_cause: leg.hangupCause,
    hangup_source: leg.hangupSource,
  };
}

function recordingToWire({ startedAt, endedAt, urls }: Recording) {
  return { started_at: startedAt, ended_at: endedAt, urls };
}
