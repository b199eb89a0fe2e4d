/** `GET /ws`: tells agents of calls as they happen. */
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import { requireGrant } from '../auth/grants.ts';
import type { TokenRequest } from '../auth/requests.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import { LogThrottle } from '../lib/log-throttle.ts';
import type { Logger } from '../lib/logger.ts';
import { encodeCallEvent, type StoredEvent } from '../telephony/call-event.ts';
import type { CallEvents } from '../telephony/call-events.ts';
import type { CallTally } from '../telephony/call-tally.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { CallSocket, type CallSocketLimits, CLOSE_REFUSED } from './call-socket.ts';
import { endSocket } from './socket-end.ts';
import type { Entrance, Upgrade } from './upgrades.ts';
import { WebSocketAcceptor } from './web-socket-acceptor.ts';

export interface CallGatewayOptions {
  events: CallEvents;
  tally: CallTally;
  /** Who a request comes from; throws the refusal. */
  authorize(request: TokenRequest): Identity;
  /** Throws the code when somebody who was let in is welcome no more. */
  assertNotCutOff(identity: Identity): void;
  limits: CallSocketLimits & AdmissionLimits & { maxMessageBytes: number; maxSocketsPerAgent: number };
  journal: Journal;
  logger: Logger;
}

export const CALL_PATH = '/ws';

/** The agents' sockets. Browsers cannot read why an upgrade failed: who is refused is let in, told, and closed. */
export class CallGateway implements Entrance {
  readonly #options: CallGatewayOptions;
  readonly #admission: Admission;
  readonly #refusals: LogThrottle;
  readonly #acceptor: WebSocketAcceptor;
  readonly #sockets = new Set<CallSocket>();
  #closing = false;

  constructor(options: CallGatewayOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    this.#refusals = new LogThrottle(options.logger);
    // A token among the subprotocols is none that is spoken.
    this.#acceptor = new WebSocketAcceptor(options.limits);
    options.events.on('stored', (events) => this.#tell(events));
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** Sockets of agents. */
  get agents(): number {
    return this.#sockets.size;
  }

  /** Whether an agent has a socket here. */
  isConnected(userId: string): boolean {
    return this.#sockets.values().some(({ identity }) => identity.userId === userId);
  }

  enter(upgrade: Upgrade): void {
    const { address } = upgrade;
    this.#admission.arrive(address);
    this.#acceptor.accept(upgrade, (webSocket) => {
      try {
        this.#accept(webSocket, upgrade);
      } catch (thrown) {
        this.#turnAway(webSocket, toAppError(thrown), address);
      }
    });
  }

  /** Closes the sockets of agents who were removed or banned. */
  closeUnwelcome(): void {
    for (const socket of this.#sockets) {
      try {
        this.#options.assertNotCutOff(socket.identity);
      } catch (error) {
        socket.close(toAppError(error).code);
      }
    }
  }

  /** Takes no more sockets and closes those that are there, each at some moment of the next `spreadMs` milliseconds. */
  async close(spreadMs: number): Promise<void> {
    this.#closing = true;
    const closing = [...this.#sockets].map((socket) => {
      setTimeout(() => socket.close('server_closing'), Math.random() * spreadMs);
      return socket.closed;
    });
    await Promise.all(closing);
  }

  #accept(webSocket: WebSocket, { request, socket: stream, address }: Upgrade): void {
    const identity = this.#options.authorize(request);
    requireGrant(identity, 'calls');
    this.#admission.arriveAs(identity.userId);
    this.#assertRoom(identity.userId);
    const logger = this.#options.logger.child({ agent: identity.userId });
    const socket = new CallSocket(webSocket, {
      ...this.#options,
      stream,
      identity,
      since: readSince(request.url ?? ''),
      logger,
    });
    this.#sockets.add(socket);
    logger.info({ address }, 'agent connected');
    void socket.closed.then(() => {
      this.#sockets.delete(socket);
      logger.info('agent left');
    });
  }

  /** A page that opens socket after socket would have each event told to all of them. */
  #assertRoom(user: string): void {
    const { limits, journal } = this.#options;
    const own = this.#sockets.values().filter(({ identity }) => identity.userId === user);
    if ([...own].length < limits.maxSocketsPerAgent) return;
    journal({ kind: 'limit-reached', user, target: 'MAX_SOCKETS_PER_AGENT' });
    throw new AppError('too_many_connections');
  }

  #turnAway(webSocket: WebSocket, error: AppError, address: string): void {
    const { logger } = this.#options;
    if (error.code === 'internal') logger.error({ err: error.cause }, 'upgrade failed');
    else this.#refusals.info({ address, code: error.code }, 'refused');
    webSocket.on('error', () => webSocket.terminate());
    endSocket(webSocket, error.code, CLOSE_REFUSED);
    // Nothing that a refused client sends is of interest, and it may be a flood.
    for (const event of ['message', 'ping', 'pong']) webSocket.once(event, () => webSocket.pause());
  }

  #tell(events: readonly StoredEvent[]): void {
    if (this.#sockets.size === 0) return;
    const told = events.map((event) => ({ event, frame: encodeCallEvent(event) }));
    for (const socket of this.#sockets) socket.tell(told);
  }
}

/** @throws AppError `invalid_params` for what is no number of an event */
function readSince(url: string): number | undefined {
  const query = url.indexOf('?');
  const since = query < 0 ? null : new URLSearchParams(url.slice(query + 1)).get('since');
  if (since === null) return undefined;
  if (!/^\d{1,15}$/.test(since)) throw new AppError('invalid_params', 'since must be the number of an event');
  return Number(since);
}
