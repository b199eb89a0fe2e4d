import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import type { TokenRequest } from '../auth/requests.ts';
import { SUBPROTOCOL } from '../protocol/constants.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { readResumeTicket } from './resume-ticket.ts';
import { RoomSession } from './room-session.ts';
import type { SessionParts } from './session-options.ts';
import { Sessions } from './sessions.ts';
import type { Entrance, Upgrade } from './upgrades.ts';
import { WebSocketAcceptor } from './web-socket-acceptor.ts';

export interface DoorOptions extends SessionParts {
  /** Who a request comes from; throws the refusal. */
  authorize(request: TokenRequest): Identity;
  limits: SessionParts['limits'] & AdmissionLimits & { maxMessageBytes: number };
}

/** The one address at which a room's socket is opened. */
export const ROOM_PATH = '/aq_server/websocket';

/** Somebody whom the door lets in. */
interface Arrival {
  identity: Identity;
  address: string;
  /** On the clock of `performance.now()`. */
  arrivedAt: number;
  stopWaiting: () => void;
}

/** Takes the upgrades of rooms, checks who comes, and gives each accepted socket a session. */
export class Door implements Entrance {
  readonly #options: DoorOptions;
  readonly #admission: Admission;
  readonly #sockets: WebSocketAcceptor;
  readonly #sessions = new Sessions();
  #closing = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    this.#sockets = new WebSocketAcceptor(options.limits, SUBPROTOCOL);
  }

  /** Joined or not, and those whose client may come back. */
  get sessions(): number {
    return this.#sessions.size;
  }

  get closing(): boolean {
    return this.#closing;
  }

  enter(upgrade: Upgrade): void {
    const enter = this.#check(upgrade);
    this.#sockets.accept(upgrade, enter);
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

  /** Throws the refusal, or returns what is done with the socket. */
  #check({ request, socket, address }: Upgrade): (webSocket: WebSocket) => void {
    const arrivedAt = performance.now();
    this.#admission.arrive(address);
    const identity = this.#options.authorize(request);
    const ticket = readResumeTicket(request.headers);
    const session = ticket && this.#sessions.find(ticket, identity);
    if (session) return (webSocket) => session.resume(webSocket, ticket.after, identity);
    const stopWaiting = this.#admission.wait(identity.userId);
    socket.once('close', stopWaiting);
    return (webSocket) => {
      // From here on the place is the session's, which may go on over another socket.
      socket.off('close', stopWaiting);
      this.#accept(webSocket, { identity, address, arrivedAt, stopWaiting });
    };
  }

  #accept(socket: WebSocket, { identity, address, arrivedAt, stopWaiting }: Arrival): void {
    const logger = this.#options.logger.child({ room: identity.room, user: identity.userId });
    logger.info({ address }, 'connected');
    const session: RoomSession = new RoomSession(socket, {
      ...this.#options,
      identity,
      address,
      arrivedAt,
      logger,
      onSettled: stopWaiting,
      onEntered: (peerId) => this.#sessions.entered(session, peerId),
    });
    this.#sessions.add(session);
  }
}
