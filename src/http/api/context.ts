/** What all routes of the backends' API have in common. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Right } from '../../auth/api-key-table.ts';
import type { ApiKey } from '../../auth/api-keys.ts';
import type { Actor } from '../../rooms/actor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The right that the API key of a request must have. */
    right?: Right;
  }
}

/** A server whose routes have zod schemas. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The name under which a request carries its API key. */
export const API_KEY = 'apiKey';

/** The key of a request to a route with a right. */
export function apiKeyOf(request: FastifyRequest): ApiKey {
  return request.getDecorator<ApiKey>(API_KEY);
}

/** As whom a backend acts in rooms. */
export function actorOf(request: FastifyRequest): Actor {
  return { kind: 'backend', name: apiKeyOf(request).name };
}
