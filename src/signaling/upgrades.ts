/** Where WebSocket upgrades come in, and which door each goes to. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { refuse } from '../lib/refuse.ts';
import { isLimit } from '../protocol/codes.ts';

/** What takes the upgrades of one path. */
export interface Entrance {
  /** True from the moment that it takes nobody any more. */
  readonly closing: boolean;
  /** Takes the socket, or throws the refusal. */
  enter(upgrade: Upgrade): void;
}

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  /** The client's IP address. */
  address: string;
}

export interface UpgradesOptions {
  /** By path, without its query. */
  entrances: ReadonlyMap<string, Entrance>;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
  journal: Journal;
  logger: Logger;
}

/** Listens to the upgrades of an HTTP server. A refusal is an HTTP answer. */
export function routeUpgrades(server: Server, options: UpgradesOptions): void {
  const { entrances, addressOf, journal, logger } = options;
  server.on('upgrade', (request, socket, head) => {
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
      else logger.info({ address, code: error.code }, 'refused');
      if (isLimit(error.code)) journal({ kind: 'limit-reached', target: error.code, detail: { address } });
      refuse(socket, error);
    }
  });
}

/** A message of 64 KiB needs no more fragments than this; many small ones cost more than they carry. */
const MAX_FRAGMENTS = 256;

/**
 * Makes what turns upgrades into WebSockets.
 * @param protocol the subprotocol that it speaks; false for none
 */
export function createSocketServer(limits: { maxMessageBytes: number }, protocol: string | false) {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    maxFragments: MAX_FRAGMENTS,
    handleProtocols: (offered) => protocol !== false && offered.has(protocol) && protocol,
  });
  server.on('wsClientError', (error, socket) => {
    refuse(socket, new AppError('upgrade_invalid', error.message));
  });
  return server;
}

/** The limit for which a socket has failed, by the name that says so; undefined for other failures. */
export function limitOfFailure({ code = '' }: Error & { code?: string }): string | undefined {
  return limitsOfSockets.get(code);
}

/** The codes of `ws`, which then closes the socket itself. */
const limitsOfSockets: ReadonlyMap<string, string> = new Map([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'MAX_MESSAGE_BYTES'],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'MAX_FRAGMENTS'],
]);

/** The path of a request's target, without its query. */
function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '';
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
