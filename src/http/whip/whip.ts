/** WHIP (RFC 9725): encoders publish into rooms. */
import type { FastifyPluginAsync } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { type PublishParts, publish } from './publish.ts';
import { addSessionRoutes, queryOf, type SessionRoutesOptions } from './session-routes.ts';

/** What the tracks of an encoder are, by the parameter `source`. */
const SOURCES = {
  camera: { video: 'camera', audio: 'mic' },
  screen: { video: 'screen', audio: 'screen-audio' },
} as const;

export interface WhipOptions extends PublishParts, SessionRoutesOptions {}

/** The routes below `/whip`. */
export function whipRoutes(options: WhipOptions): FastifyPluginAsync {
  return async (server) =>
    addSessionRoutes(
      server,
      {
        path: '/whip',
        open: (offer, query) => publish({ ...offer, sources: SOURCES[sourceOf(query)] }, options),
      },
      options,
    );
}

function sourceOf(query: unknown): keyof typeof SOURCES {
  const source = queryOf(query, 'source') ?? 'camera';
  if (source === 'camera' || source === 'screen') return source;
  throw new AppError('invalid_params', 'source is camera or screen');
}
