import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { Certificates, KeyPair } from './certificates.ts';

export interface TlsServerOptions {
  certificates: Certificates;
  /** Options of Node's HTTP server, which count for HTTP/1.1. */
  http: {
    maxHeaderSize: number;
    headersTimeout: number;
    requestTimeout: number;
    connectionsCheckingInterval: number;
    /** Whether a request of HTTP/1.1 that asks for an upgrade gets it. */
    shouldUpgradeCallback: (request: IncomingMessage) => boolean;
  };
  /** How long a connection may be silent, in milliseconds. */
  idleTimeoutMs: number;
}

/** Streams of one connection at a time: enough for a page with all that it loads. */
const MAX_STREAMS = 128;

/**
 * A server of HTTP/2 and HTTP/1.1 over TLS, which takes WebSockets over both (RFC 8441 for HTTP/2). A new certificate
 * counts for new connections, and drops nobody.
 */
export function createTlsServer(handler: RequestListener, options: TlsServerOptions): Server {
  const { certificates, http, idleTimeoutMs } = options;
  const server = createSecureServer({
    ...(certificates.current && contextOf(certificates.current)),
    ...http,
    allowHTTP1: true,
    handshakeTimeout: http.headersTimeout,
    settings: {
      enableConnectProtocol: true,
      maxConcurrentStreams: MAX_STREAMS,
      // A request with longer headers is reset (RFC 9113 section 10.5.1).
      maxHeaderListSize: http.maxHeaderSize,
    },
  });
  server.setTimeout(idleTimeoutMs);
  certificates.on('changed', (pair) => server.setSecureContext(contextOf(pair)));
  // By default a failed handshake is taken for a bad request, and answered.
  server.removeAllListeners('tlsClientError').on('tlsClientError', (_error, socket) => socket.destroy());
  const compatible = asHttpServer(server);
  // Node takes this of the options of an HTTP server, and not of those of a server of HTTP/2.
  Object.assign(server, { shouldUpgradeCallback: http.shouldUpgradeCallback });
  compatible.prependListener('request', nameHost).on('request', handler);
  server.prependListener('connect', nameHost);
  endSessionsOnClose(server);
  return compatible;
}

/** Node's server of HTTP/2 has the events and methods of its server of HTTP/1.1, and other types. */
function asHttpServer(server: Http2SecureServer): Server {
  const either: unknown = server;
  return either as Server;
}

/** HTTP/2 has the host in a field of its own (RFC 9113 section 8.3.1). */
function nameHost({ headers }: { headers: NodeJS.Dict<string | string[]> }): void {
  headers.host ??= headers[':authority'];
}

function contextOf({ cert, key }: KeyPair) {
  return { cert, key };
}

/** Node would wait for the streams of each session, as it does for requests of HTTP/1.1 that Fastify ends itself. */
function endSessionsOnClose(server: Http2SecureServer): void {
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const close = server.close.bind(server);
  server.close = (callback) => {
    for (const session of sessions) session.destroy();
    return close(callback);
  };
}
