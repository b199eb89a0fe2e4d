/** WHEP (draft-ietf-wish-whep): players show rooms. */
import type { FastifyPluginAsync } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { SOURCES, type Source } from '../../protocol/grants.ts';
import { type PlayParts, play } from './play.ts';
import { addSessionRoutes, queryOf, type SessionRoutesOptions } from './session-routes.ts';

export interface WhepOptions extends PlayParts, SessionRoutesOptions {}

/** The routes below `/whep`. `?peer=` plays one peer or user, `?source=` one source. */
export function whepRoutes(options: WhepOptions): FastifyPluginAsync {
  return async (server) =>
    addSessionRoutes(
      server,
      {
        path: '/whep',
        open: (offer, query) =>
          play({ ...offer, filter: { peer: queryOf(query, 'peer'), source: sourceOf(query) } }, options),
      },
      options,
    );
}

function sourceOf(query: unknown): Source | undefined {
  const given = queryOf(query, 'source');
  if (given === undefined) return undefined;
  const source = SOURCES.find((known) => known === given);
  if (!source) throw new AppError('invalid_params', `source is one of ${SOURCES.join(', ')}`);
  return source;
}
