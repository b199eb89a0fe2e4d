import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity } from '../auth/claims.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { refuse } from '../lib/refuse.ts';
import { SUBPROTOCOL } from '../protocol/constants.ts';
import type { Moderation } from '../rooms/moderation.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { readResumeTicket } from './resume-ticket.ts';
import { RoomSession, type SessionLimits } from './room-session.ts';
import { Sessions } from './sessions.ts';

export interface DoorOptions {
  rooms: Rooms;
  moderation: Moderation;
  /** Who a request comes from; throws the refusal. */
  authorize(request: IncomingMessage): Identity;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
  capabilitiesHash: string;
  limits: SessionLimits & AdmissionLimits & { maxMessageBytes: number };
  logger: Logger;
}

/** The one address at which a room's socket is opened. */
export const ROOM_PATH = '/aq_server/websocket';

/** A message of 64 KiB needs no more fragments than this; many small ones cost more than they carry. */
const MAX_FRAGMENTS = 256;

/** Takes WebSocket upgrades, checks who comes, and gives each accepted socket a session. */
export class Door {
  readonly #options: DoorOptions;
  readonly #admission: Admission;
  readonly #sockets: WebSocketServer;
  readonly #sessions = new Sessions();
  #closing = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.limits.maxMessageBytes,
      maxFragments: MAX_FRAGMENTS,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    this.#sockets.on('wsClientError', (error, socket) => {
      refuse(socket, new AppError('upgrade_invalid', error.message));
    });
  }

  /** Joined or not, and those whose client may come back. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Listens to the upgrades of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /**
   * Takes no more sockets and closes those that are there; each is told when to come back, at most `spreadMs`
   * milliseconds later. Resolves when all are gone.
   */
  async close(spreadMs: number): Promise<void> {
    this.#closing = true;
    const closing = [...this.#sessions].map((session) =>
      session.closeForRestart(Math.round(Math.random() * spreadMs)),
    );
    await Promise.all(closing);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const address = this.#options.addressOf(request);
    try {
      const enter = this.#check(request, socket, address);
      this.#sockets.handleUpgrade(request, socket, head, enter);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'internal') this.#options.logger.error({ err: error.cause }, 'upgrade failed');
      else this.#options.logger.info({ address, code: error.code }, 'refused');
      refuse(socket, error);
    }
  }

  /** Throws the refusal, or returns what is done with the socket. */
  #check(request: IncomingMessage, socket: Duplex, address: string): (webSocket: WebSocket) => void {
    if (this.#closing) throw new AppError('server_closing');
    if (pathOf(request) !== ROOM_PATH) throw new AppError('path_not_found');
    this.#admission.arrive(address);
    const identity = this.#options.authorize(request);
    const ticket = readResumeTicket(request.headers);
    const session = ticket && this.#sessions.find(ticket, identity);
    if (session) return (webSocket) => session.resume(webSocket, ticket.after);
    const stopWaiting = this.#admission.wait(identity.userId);
    socket.once('close', stopWaiting);
    return (webSocket) => this.#accept(webSocket, identity, address, stopWaiting);
  }

  #accept(socket: WebSocket, identity: Identity, address: string, stopWaiting: () => void): void {
    const { rooms, moderation, limits, capabilitiesHash } = this.#options;
    const logger = this.#options.logger.child({ room: identity.room, user: identity.userId });
    logger.info({ address }, 'connected');
    const session = new RoomSession(socket, {
      identity,
      rooms,
      moderation,
      limits,
      capabilitiesHash,
      logger,
      onSettled: stopWaiting,
      onEntered: (session, peerId) => this.#sessions.entered(session, peerId),
    });
    this.#sessions.add(session);
  }
}

/** The path of a request's target, without its query. */
function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '';
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
