/** Refusals as problem details (RFC 9457). */
import type { FastifyInstance } from 'fastify';
import { statusText } from '../lib/status-text.ts';

/** Has the routes of this plugin answer errors as `application/problem+json`, with the code of every other answer. */
export function answerProblems(server: FastifyInstance): void {
  server.addHook('onSend', async (_request, reply, payload) => {
    if (reply.statusCode < 400 || typeof payload !== 'string') return payload;
    const error = readError(payload);
    if (!error) return payload;
    reply.header('content-type', 'application/problem+json; charset=utf-8');
    const { statusCode: status } = reply;
    return JSON.stringify({
      type: 'about:blank',
      title: statusText(status) || 'Error',
      status,
      detail: error.message,
      code: error.code,
    });
  });
}

function readError(payload: string): { code: string; message: string } | undefined {
  const body: unknown = JSON.parse(payload);
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error))
    return undefined;
  return { code: String(error.code), message: String(error.message) };
}
