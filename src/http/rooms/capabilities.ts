/** `GET /aq_server/capabilities`: what the routers can do, which a client loads before it has a socket. */
import type { FastifyPluginAsync } from 'fastify';
import { isFresh } from '../etag.ts';

export interface Capabilities {
  /** Changes with the capabilities; `welcome` repeats it, so that a stale copy is noticed. */
  hash: string;
  /** mediasoup's `RtpCapabilities` of a router. */
  rtpCapabilities: object;
}

export function capabilitiesRoute({ hash, rtpCapabilities }: Capabilities): FastifyPluginAsync {
  const body = JSON.stringify({ hash, rtpCapabilities });
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'public, max-age=3600',
    etag: `"${hash}"`,
    // It is the same for everybody, and no secret.
    'access-control-allow-origin': '*',
  };
  return async (server) => {
    server.get('/aq_server/capabilities', async (request, reply) => {
      reply.headers(headers);
      if (isFresh(request.headers['if-none-match'], headers.etag)) return reply.code(304).send();
      return reply.send(body);
    });
  };
}
