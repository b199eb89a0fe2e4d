/** The HTTP server: what every request and answer has in common. Each route stands in a file of its own. */
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { type FastifyInstance, type FastifyPluginAsync, type FastifyServerFactory, fastify } from 'fastify';
import type { ErrorRate } from '../lib/error-rate.ts';
import { AppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { answerClientError, answerErrors, sendError } from './errors.ts';
import { securityHeaders } from './security-headers.ts';
import type { Certificates } from './tls/certificates.ts';
import { createTlsServer } from './tls/tls-server.ts';

/** The longest body of a request, in bytes. */
const BODY_LIMIT = 64 * 1024;
/** How long a connection may be silent, in milliseconds. */
const IDLE_TIMEOUT_MS = 60_000;

/** The longest part of an address that names something, in characters: 128 that take 12 each. */
const MAX_PARAM_LENGTH = 1536;

export interface HttpServerOptions {
  logger: Logger;
  journal: Journal;
  errorRate: Pick<ErrorRate, 'note'>;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
  /** The sources of CSP's `frame-ancestors`. */
  frameAncestors: string;
  /** The routes, in any order: each plugin has those of one subject. */
  plugins: readonly FastifyPluginAsync[];
  /** The longest headers of a request with its target, in bytes; a token may have 8 KiB. */
  maxHeaderBytes: number;
  /** How long a client may take for the headers, and once more for the rest, in milliseconds. */
  headerTimeoutMs: number;
  /** For HTTPS; without them the server speaks HTTP, behind a proxy or on this machine alone. */
  certificates?: Certificates | undefined;
}

/** A server that does not listen yet; `ready()` resolves when its routes are there. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const http = nodeOptions(options);
  const headers = securityHeaders(options);
  const server = fastify({
    // The door logs who comes; a line for each request would carry tokens.
    logger: false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // On a machine that is busy the pages take a while to be compressed: late is better than not at all.
    pluginTimeout: 60_000,
    requestTimeout: http.requestTimeout,
    // Whoever takes over an upgraded socket resets this (as ws does).
    connectionTimeout: IDLE_TIMEOUT_MS,
    ...transportOptions(http, options.certificates),
    forceCloseConnections: true,
    // `/health` says itself that the server closes.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, options),
    // A path that cannot be decoded comes to no hook and no handler.
    frameworkErrors: (_error, _request, reply) => {
      sendError(reply.headers(headers), new AppError('path_not_found'));
    },
  });
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
  // A 503 is an answer: the server takes no more, or closes.
  server.addHook('onResponse', async (_request, { statusCode }) => {
    options.errorRate.note(statusCode >= 500 && statusCode !== 503);
  });
  answerErrors(server, options);
  // JSON alone is read: the others are what a form of a foreign page may send without being asked.
  server.removeContentTypeParser('text/plain');

  for (const plugin of options.plugins) server.register(plugin);
  return server;
}

/** What Fastify makes its server with. */
function transportOptions(http: ReturnType<typeof nodeOptions>, certificates: Certificates | undefined) {
  if (!certificates) return { http };
  const idleTimeoutMs = IDLE_TIMEOUT_MS;
  const serverFactory: FastifyServerFactory = (handler) =>
    createTlsServer(handler, { certificates, http, idleTimeoutMs });
  return { serverFactory };
}

/** The options of Node's server. */
function nodeOptions({ maxHeaderBytes, headerTimeoutMs }: HttpServerOptions) {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headerTimeoutMs,
    requestTimeout: 2 * headerTimeoutMs,
    // By default Node looks for late requests every 30 seconds.
    connectionsCheckingInterval: Math.min(headerTimeoutMs / 2, 5000),
    shouldUpgradeCallback: isWebSocketUpgrade,
  };
}

/**
 * Whether an upgrade is to a WebSocket. Node answers a request for any other upgrade as a plain request (RFC 9110 section
 * 7.8 allows that): `curl --http2` and Java's `HttpClient` ask for `h2c`.
 */
function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Listens; without a host on each address of the machine. Resolves to the port, which is a free one where 0 was asked.
 * @throws Error of the system, as when the port is taken
 */
export async function listen(
  server: FastifyInstance,
  at: { host?: string | undefined; port: number },
): Promise<number> {
  await server.listen({ host: at.host ?? anyAddress(), port: at.port });
  const address = server.server.address();
  return typeof address === 'object' && address ? address.port : at.port;
}

/** `::` takes IPv4 too, but cannot be bound where IPv6 is switched off. */
function anyAddress(): string {
  const interfaces = Object.values(networkInterfaces()).flat();
  return interfaces.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}
