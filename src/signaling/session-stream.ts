import type { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import type { Code } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import { EventLog, type EventLogLimits } from './event-log.ts';
import { SessionLink, type SessionLinkEvents, type SessionLinkOptions } from './session-link.ts';

export interface SessionStreamOptions extends SessionLinkOptions {
  limits: SessionLinkOptions['limits'] & EventLogLimits;
}

/** What one session sends: its numbered events, over whichever socket its client has. */
export class SessionStream {
  /** Facts about the sockets. */
  readonly link: EventEmitter<SessionLinkEvents>;
  readonly #log: EventLog;
  readonly #link: SessionLink;

  constructor(socket: WebSocket, options: SessionStreamOptions) {
    this.#log = new EventLog(options.limits);
    this.#link = new SessionLink(socket, options);
    this.link = this.#link;
  }

  /** Resolves when it is closed, and its last socket is gone. */
  get closed(): Promise<void> {
    return this.#link.closed;
  }

  /** The number of the last event. */
  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  /** Numbers an event, keeps it, and sends it where there is a socket. */
  send(event: OutgoingEvent): void {
    this.#link.send(this.#log.add(event));
  }

  /** Keeps none of the events so far: whoever comes back has seen them. */
  forgetSent(): void {
    this.#log.forget();
  }

  /** Whether all events after the one with this number are kept. */
  has(after: number): boolean {
    return this.#log.after(after) !== undefined;
  }

  /**
   * Goes on over another socket: sends `first`, which has no number, and the events after the one with the number `after`,
   * where they are kept. Returns how many there were.
   */
  resume(socket: WebSocket, first: OutgoingEvent, after: number): number {
    const missed = this.#log.after(after) ?? [];
    this.#link.replace(socket);
    this.#link.send(first.encoded.unnumberedFrame(), ...missed);
    return missed.length;
  }

  /** Measures the round trip once more. */
  ping(): void {
    this.#link.ping();
  }

  close(code: Code): void {
    this.#link.close(code);
  }
}
