/** How the HTTP server says no: the status of a code, and `{"error":{"code","message"}}`. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { refuse } from '../lib/refuse.ts';
import { type Code, isLimit } from '../protocol/codes.ts';

interface Reporting {
  logger: Logger;
  journal: Journal;
}

/** Has a server answer all errors, unknown paths and wrong methods. To be called before any route is registered. */
export function answerErrors(
  server: FastifyInstance,
  { logger, journal, addressOf }: Reporting & { addressOf(request: IncomingMessage): string },
): void {
  const methodsOf = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsOf.set(url, methods);
  });
  // In a hook, and not in the handler, which runs only after the body was read and found good.
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const methods = methodsOf.get(pathOf(request));
    if (!methods) throw new AppError('path_not_found');
    reply.header('allow', [...methods].sort().join(', '));
    throw new AppError('method_not_allowed');
  });
  server.setNotFoundHandler((_request, reply) => sendError(reply, new AppError('path_not_found')));
  server.setErrorHandler((error, request, reply) => {
    const known = isFastifyError(error) ? ofFastify(error) : toAppError(error);
    if (known.code === 'internal') {
      logger.error({ err: error, method: request.method, path: pathOf(request) }, 'a request failed');
    }
    if (isLimit(known.code)) {
      const detail = { address: addressOf(request.raw), path: pathOf(request) };
      journal({ kind: 'limit-reached', target: known.code, detail });
    }
    return sendError(reply, known);
  });
}

/** Answers with an error. */
export function sendError(reply: FastifyReply, error: AppError): FastifyReply {
  return reply.code(error.httpStatus).headers(error.httpHeaders).send({ error: error.toWire() });
}

/** Answers on a socket whose bytes are no HTTP request, or come too slowly or in too great number. */
export function answerClientError(
  error: Error & { code?: string },
  socket: Socket,
  { logger, journal }: Reporting,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const exceeded = limits.get(error.code);
  const refusal = new AppError(exceeded?.code ?? 'invalid_request');
  if (exceeded) {
    const address = socket.remoteAddress ?? '';
    logger.warn({ ...exceeded, address }, 'limit reached');
    journal({ kind: 'limit-reached', target: exceeded.limit, detail: { address } });
  }
  refuse(socket, refusal);
}

/** Node's codes of what is too slow or too long, with the variable that says so. */
const limits = new Map<string | undefined, { code: Code; limit: string }>([
  ['ERR_HTTP_REQUEST_TIMEOUT', { code: 'request_timeout', limit: 'HEADER_TIMEOUT' }],
  ['HPE_HEADER_OVERFLOW', { code: 'headers_too_big', limit: 'MAX_HEADER_BYTES' }],
]);

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && 'code' in error;
}

/** The framework's own refusals, of bodies above all; its messages would tell of its inside. */
function ofFastify(error: FastifyError): AppError {
  if (error.statusCode === 413) return new AppError('message_too_big');
  if (error.validation)
    return new AppError('invalid_params', describe(error.validation, error.validationContext));
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError('invalid_request');
  }
  return toAppError(error);
}

/** The first fault of a request that its route's schema refuses: `body.room: must have 1 to 128 characters`. */
function describe([fault]: NonNullable<FastifyError['validation']>, context = ''): string {
  const path = [context, ...(fault?.instancePath ?? '').split('/')].filter(Boolean).join('.');
  return `${path || 'the request'}: ${fault?.message ?? 'is wrong'}`;
}

/** Without the query, which may have a token. */
function pathOf(request: FastifyRequest): string {
  return request.url.replace(/\?.*$/s, '');
}
