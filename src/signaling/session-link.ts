import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import type { Logger } from '../lib/logger.ts';
import type { Code } from '../protocol/codes.ts';
import { CLOSE_TO_RESUME } from '../protocol/constants.ts';
import { Connection, type ConnectionLimits, CUT_OFF, type Ending, type Protocol } from './connection.ts';

export interface SessionLinkOptions {
  limits: ConnectionLimits & {
    /** How long a session is kept whose socket is gone, in milliseconds; 0 keeps none. */
    graceMs: number;
  };
  protocol: Protocol;
  /** Whether the session is worth keeping at all. */
  isResumable: () => boolean;
  logger: Logger;
}

export type SessionLinkEvents = {
  rtt: [ms: number];
  limitReached: [limit: string];
  /** The socket is gone, and its client may come back. */
  detached: [];
  /** No client will come back; not told when it was closed here. */
  ended: [code: Code];
};

type State =
  | { is: 'attached'; connection: Connection }
  | { is: 'detached'; timer: NodeJS.Timeout }
  | { is: 'closed' };

/** The sockets of one session: one at a time, and for the grace time between two of them none. */
export class SessionLink extends EventEmitter<SessionLinkEvents> {
  /** Resolves when it is closed, and its last socket is gone. */
  readonly closed: Promise<void>;
  readonly #options: SessionLinkOptions;
  #state: State;
  #resolveClosed: () => void = () => {};

  constructor(socket: WebSocket, options: SessionLinkOptions) {
    super();
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#state = { is: 'attached', connection: this.#follow(socket) };
  }

  /** Sends where there is a socket. */
  send(...frames: readonly string[]): void {
    if (this.#state.is === 'attached') this.#state.connection.send(...frames);
  }

  /** Measures the round trip once more. */
  ping(): void {
    if (this.#state.is === 'attached') this.#state.connection.ping();
  }

  /** Goes on over another socket; one that is still there is closed. Must not be closed. */
  replace(socket: WebSocket): void {
    const before = this.#state;
    this.#state = { is: 'attached', connection: this.#follow(socket) };
    if (before.is === 'attached') before.connection.close('resumed_elsewhere');
    else if (before.is === 'detached') clearTimeout(before.timer);
  }

  close(code: Code): void {
    const before = this.#state;
    if (before.is === 'closed') return;
    this.#state = { is: 'closed' };
    if (before.is === 'attached') {
      before.connection.close(code);
      return;
    }
    clearTimeout(before.timer);
    this.#resolveClosed();
  }

  #follow(socket: WebSocket): Connection {
    const connection = new Connection(socket, this.#options);
    connection.once('closed', (ending) => this.#gone(connection, ending));
    connection.on('rtt', (ms) => this.emit('rtt', ms));
    connection.on('limitReached', (limit) => this.emit('limitReached', limit));
    return connection;
  }

  #gone(connection: Connection, ending: Ending): void {
    this.#options.logger.info(ending, 'disconnected');
    if (this.#state.is === 'closed') this.#resolveClosed();
    else if (this.#state.is === 'attached' && this.#state.connection === connection) this.#lost(ending);
  }

  #lost({ code, close }: Ending): void {
    const { limits, isResumable } = this.#options;
    if (limits.graceMs === 0 || !isResumable() || !mayComeBack(code, close)) {
      this.#end(code);
      return;
    }
    const timer = setTimeout(() => this.#end(code === 'left' ? 'connection_lost' : code), limits.graceMs);
    this.#state = { is: 'detached', timer };
    this.emit('detached');
  }

  #end(code: Code): void {
    this.#state = { is: 'closed' };
    this.emit('ended', code);
    this.#resolveClosed();
  }
}

/** Whether the client of a socket that ended so may want to go on: it did not leave, and was not thrown out. */
function mayComeBack(code: Code, close: number): boolean {
  if (code === 'left') return close === CUT_OFF || close === CLOSE_TO_RESUME;
  return code === 'socket_dead' || code === 'too_slow';
}
