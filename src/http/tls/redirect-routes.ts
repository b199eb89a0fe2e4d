/** Plain HTTP beside HTTPS: the challenges of a certificate authority, and a redirect for everybody else. */
import type { FastifyPluginAsync } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import type { Challenges } from './challenges.ts';

export interface RedirectOptions {
  challenges: Challenges;
  /** The port of HTTPS. */
  httpsPort: () => number;
}

/** A host name or an IP address, without the port. */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const HTTPS_PORT = 443;

export function redirectRoutes({ challenges, httpsPort }: RedirectOptions): FastifyPluginAsync {
  return async (server) => {
    server.get<{ Params: { token: string } }>(
      '/.well-known/acme-challenge/:token',
      async ({ params }, reply) => {
        const text = challenges.text(params.token);
        if (text === undefined) throw new AppError('path_not_found');
        return reply.type('text/plain').send(text);
      },
    );
    server.all('/*', async ({ headers, url }, reply) => {
      const host = HOST.exec(headers.host ?? '')?.[1];
      if (host === undefined) throw new AppError('invalid_request');
      const port = httpsPort() === HTTPS_PORT ? '' : `:${httpsPort()}`;
      return reply.redirect(`https://${host}${port}${url}`, 308);
    });
  };
}
