/** The HTTP server: what every request and answer has in common. Each route stands in a file of its own. */
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { type FastifyInstance, fastify } from 'fastify';
import type { Identity } from '../auth/claims.ts';
import type { OriginPolicy } from '../auth/origins.ts';
import { AppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { type CallRoutesOptions, callRoutes } from './calls.ts';
import { type Capabilities, capabilitiesRoute } from './capabilities.ts';
import { type DevTokenOptions, devTokenRoute } from './dev-token.ts';
import { answerClientError, answerErrors, sendError } from './errors.ts';
import { type HealthOptions, healthRoute } from './health.ts';
import { type MetricsOptions, metricsRoute } from './metrics.ts';
import { type PagesOptions, pageRoutes } from './pages.ts';
import { securityHeaders } from './security-headers.ts';
import { type TelephonyRoutesOptions, telephonyRoutes } from './telephony.ts';
import { type TelephonyConfigOptions, telephonyConfigRoute } from './telephony-config.ts';
import { type TelnyxWebhookOptions, telnyxWebhookRoute } from './telnyx-webhook.ts';
import { validateRoutes } from './validate.ts';

/** The longest body of a request, in bytes. */
const BODY_LIMIT = 64 * 1024;

export interface HttpServerOptions {
  logger: Logger;
  journal: Journal;
  /** The sources of CSP's `frame-ancestors`. */
  frameAncestors: string;
  origins: OriginPolicy;
  /** The check of the door, the same as before an upgrade. Throws AppError. */
  authorize: (request: IncomingMessage) => Identity | Promise<Identity>;
  health: HealthOptions;
  metrics: MetricsOptions;
  capabilities: Capabilities;
  pages: PagesOptions;
  /** Given only in development: without it the route does not exist. */
  devToken?: DevTokenOptions;
  /** The agents' way to Telnyx; without it its routes do not exist. */
  telephony?: Pick<TelephonyRoutesOptions, 'telephony'> & Pick<TelephonyConfigOptions, 'settings'>;
  /** Events of calls: how they come in, and what they say. */
  calls?: TelnyxWebhookOptions & Pick<CallRoutesOptions, 'events'>;
  /** The longest headers of a request with its target, in bytes; a token may have 8 KiB. */
  maxHeaderBytes: number;
  /** How long a client may take for the headers, and once more for the rest, in milliseconds. */
  headerTimeoutMs: number;
}

/** A server that does not listen yet; `ready()` resolves when its routes are there. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { headerTimeoutMs } = options;
  const headers = securityHeaders(options.frameAncestors);
  const server = fastify({
    // The door logs who comes; a line for each request would carry tokens.
    logger: false,
    bodyLimit: BODY_LIMIT,
    // On a machine that is busy the pages take a while to be compressed: late is better than not at all.
    pluginTimeout: 60_000,
    requestTimeout: 2 * headerTimeoutMs,
    // Idle sockets; the one who takes over an upgraded socket resets this (as ws does).
    connectionTimeout: 60_000,
    http: nodeOptions(options),
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
  answerErrors(server, options);
  // JSON alone is read: the others are what a form of a foreign page may send without being asked.
  server.removeContentTypeParser('text/plain');

  server.register(healthRoute(options.health));
  server.register(metricsRoute(options.metrics));
  server.register(capabilitiesRoute(options.capabilities));
  server.register(validateRoutes(options));
  if (options.devToken) server.register(devTokenRoute(options.devToken, options.origins));
  if (options.telephony) {
    server.register(telephonyRoutes({ ...options, ...options.telephony }));
    server.register(telephonyConfigRoute({ ...options, ...options.telephony }));
  }
  if (options.calls) {
    server.register(telnyxWebhookRoute(options.calls));
    server.register(callRoutes({ ...options, ...options.calls }));
  }
  server.register(pageRoutes({ ...options.pages, headers: headersOfPages(options) }));
  return server;
}

/** The options of Node's server. */
function nodeOptions({ maxHeaderBytes, headerTimeoutMs }: HttpServerOptions) {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headerTimeoutMs,
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

/** The page of the softphone talks to Telnyx too. */
function headersOfPages({ frameAncestors, telephony }: HttpServerOptions) {
  if (!telephony) return new Map();
  return new Map([['/dialer', securityHeaders(frameAncestors, [new URL(telephony.settings.rtcUrl).origin])]]);
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
