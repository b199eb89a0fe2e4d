/** Where WebSocket upgrades come in, and which entrance each goes to. */
import type { IncomingMessage, Server } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import { LogThrottle } from '../lib/log-throttle.ts';
import type { Logger } from '../lib/logger.ts';
import { refuse, refuseStream } from '../lib/refuse.ts';
import { isLimit } from '../protocol/codes.ts';

/** What takes the upgrades of one path. */
export interface Entrance {
  /** True from the moment that it takes nobody any more. */
  readonly closing: boolean;
  /** Takes the socket, or throws the refusal. */
  enter(upgrade: Upgrade): void;
}

export interface Upgrade {
  request: IncomingMessage | Http2ServerRequest;
  /** What carries the WebSocket: a TCP or TLS socket, or a stream of HTTP/2. */
  socket: Duplex;
  /** What the client has sent behind the request; of HTTP/1.1 only. */
  head: Buffer;
  /** The client's IP address. */
  address: string;
}

export interface UpgradesOptions {
  /** By path, without its query. */
  entrances: ReadonlyMap<string, Entrance>;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: Upgrade['request']): string;
  journal: Journal;
  logger: Logger;
}

/** Listens to the upgrades of an HTTP server, and to those of streams of HTTP/2. A refusal is an HTTP answer. */
export function routeUpgrades(server: Server, options: UpgradesOptions): void {
  const refusals = new LogThrottle(options.logger);
  server.on('upgrade', (request, socket, head) => {
    enter({ request, socket, head }, { ...options, refusals }, (error) => refuse(socket, error));
  });
  // RFC 8441: an extended CONNECT. Over HTTP/1.1 a CONNECT is for proxies, which this server is not.
  server.on('connect', (request: IncomingMessage | Http2ServerRequest, socket: Duplex) => {
    if (!(request instanceof Http2ServerRequest)) refuse(socket, new AppError('method_not_allowed'));
    else if (request.headers[':protocol'] !== 'websocket')
      refuseStream(request.stream, new AppError('upgrade_invalid'));
    else
      enter({ request, socket: request.stream, head: NO_HEAD }, { ...options, refusals }, (error) =>
        refuseStream(request.stream, error),
      );
  });
}

const NO_HEAD = Buffer.alloc(0);

function enter(
  { request, socket, head }: Omit<Upgrade, 'address'>,
  { entrances, addressOf, journal, logger, refusals }: UpgradesOptions & { refusals: LogThrottle },
  refuse: (error: AppError) => void,
): void {
  socket.on('error', () => socket.destroy());
  const address = addressOf(request);
  try {
    // A server that closes says so on every path.
    if (entrances.values().some(({ closing }) => closing)) throw new AppError('server_closing');
    const entrance = entrances.get(pathOf(request));
    if (!entrance) throw new AppError('path_not_found');
    entrance.enter({ request, socket, head, address });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'internal') logger.error({ err: error.cause }, 'upgrade failed');
    else refusals.info({ address, code: error.code }, 'refused');
    if (isLimit(error.code)) journal({ kind: 'limit-reached', target: error.code, detail: { address } });
    refuse(error);
  }
}

/** The path of a request's target, without its query. */
function pathOf({ url: target = '' }: Upgrade['request']): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
