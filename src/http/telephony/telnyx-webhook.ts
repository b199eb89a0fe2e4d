/** `POST /webhooks/telnyx`: where Telnyx tells of calls. */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import type { Webhooks } from '../../telephony/webhooks.ts';

export interface TelnyxWebhookOptions {
  webhooks: Webhooks;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
}

/** Transcriptions and SIP headers make events long. */
const BODY_LIMIT = 256 * 1024;

/** 200 means that the event is on disk. */
export function telnyxWebhookRoute({ webhooks, addressOf }: TelnyxWebhookOptions): FastifyPluginAsync {
  return async (server) => {
    // The signature is over the bytes, so that they stay as they came.
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: unknown) => body);
    server.post('/webhooks/telnyx', { bodyLimit: BODY_LIMIT }, async ({ raw, body }, reply) => {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      await webhooks.receive({ headers: raw.headers, body: bytes, address: addressOf(raw) });
      return reply.header('cache-control', 'no-store').send({});
    });
  };
}
