import type { WebSocket } from 'ws';
import type { Identity } from '../auth/claims.ts';
import type { TokenRequest } from '../auth/requests.ts';
import type { Logger } from '../lib/logger.ts';
import { SUBPROTOCOL } from '../protocol/constants.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { GoSession } from './go-session.ts';
import { GoSessions } from './go-sessions.ts';
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
  /** Gives its place among those who wait to join free. */
  onSettled: () => void;
}

/** Takes the upgrades of rooms, checks who comes, and gives each accepted socket a session. */
export class Door implements Entrance {
  readonly #options: DoorOptions;
  readonly #admission: Admission;
  readonly #sockets: WebSocketAcceptor;
  readonly #sessions = new Sessions();
  readonly #goSessions = new GoSessions();
  #closing = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    this.#sockets = new WebSocketAcceptor(options.limits, SUBPROTOCOL);
  }

  /** Joined or not, and those whose client may come back. */
  get sessions(): number {
    return this.#sessions.size + this.#goSessions.size;
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
    for (const session of this.#goSessions) {
      session.close('server_closing');
      closing.push(session.closed);
    }
    await Promise.all(closing);
  }

  /** Throws the refusal, or returns what is done with the socket. */
  #check({ request, socket, address }: Upgrade): (webSocket: WebSocket) => void {
    const arrivedAt = performance.now();
    this.#admission.arrive(address);
    const identity = this.#options.authorize(request);
    this.#admission.arriveAs(identity.userId);
    const resume = this.#findResumable(request, identity);
    if (resume) return resume;
    const stopWaiting = this.#admission.wait(identity.userId);
    socket.once('close', stopWaiting);
    return (webSocket) => {
      // From here on the place is the session's, which may go on over another socket.
      socket.off('close', stopWaiting);
      const arrival = { identity, address, arrivedAt, onSettled: stopWaiting };
      if (isOfGoServer(request)) this.#acceptGo(webSocket, arrival);
      else this.#accept(webSocket, arrival);
    };
  }

  /** What is done with the socket of a client that comes back; undefined where there is nothing to come back to. */
  #findResumable(request: TokenRequest, identity: Identity): ((webSocket: WebSocket) => void) | undefined {
    if (isOfGoServer(request)) {
      const session = this.#goSessions.findDetached(identity);
      return session && ((webSocket) => session.resume(webSocket, identity));
    }
    const ticket = readResumeTicket(request.headers);
    const session = ticket && this.#sessions.find(ticket, identity);
    return session && ((webSocket) => session.resume(webSocket, ticket.after, identity));
  }

  #accept(socket: WebSocket, arrival: Arrival): void {
    const session: RoomSession = new RoomSession(socket, {
      ...this.#options,
      ...arrival,
      logger: this.#logConnected(arrival),
      onEntered: (peerId) => this.#sessions.entered(session, peerId),
    });
    this.#sessions.add(session);
  }

  #acceptGo(socket: WebSocket, arrival: Arrival): void {
    const logger = this.#logConnected(arrival).child({ protocol: 'go' });
    const fingerprint = this.#goSessions.nextFingerprint(arrival.identity);
    this.#goSessions.add(new GoSession(socket, { ...this.#options, ...arrival, fingerprint, logger }));
  }

  #logConnected({ identity, address }: Arrival): Logger {
    const logger = this.#options.logger.child({ room: identity.room, user: identity.userId });
    logger.info({ address }, 'connected');
    return logger;
  }
}

/** Whether the client speaks the Go server's protocol, which has no subprotocol (PROTOCOL.md, rule D4). */
function isOfGoServer({ headers }: TokenRequest): boolean {
  return headers['sec-websocket-protocol'] === undefined;
}
