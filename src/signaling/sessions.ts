import type { Identity } from '../auth/claims.ts';
import { AppError } from '../lib/errors.ts';
import type { ResumeTicket } from './resume-ticket.ts';
import type { RoomSession } from './room-session.ts';

/** The sessions of this node, with those that wait for their client to come back. */
export class Sessions {
  readonly #all = new Set<RoomSession>();
  /** Those that can be resumed, by the id of their peer. */
  readonly #byPeer = new Map<string, RoomSession>();

  /** Joined or not. */
  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<RoomSession> {
    return new Set(this.#all).values();
  }

  /** Keeps a session until it has ended. */
  add(session: RoomSession): void {
    this.#all.add(session);
    void session.closed.then(() => this.#all.delete(session));
  }

  /** From now on this session may be resumed, as it has a peer. */
  entered(session: RoomSession, peerId: string): void {
    this.#byPeer.set(peerId, session);
    void session.closed.then(() => this.#byPeer.delete(peerId));
  }

  /**
   * The session that a client comes back to; undefined where it has ended, so that the client gets a new one.
   * Throws `resume_refused` where the secret is wrong, or the token is another user's or another room's.
   */
  find(ticket: ResumeTicket, { userId, room }: Identity): RoomSession | undefined {
    const session = this.#byPeer.get(ticket.peerId);
    if (!session || session.ended) return undefined;
    const { identity } = session;
    const same = identity.userId === userId && identity.room === room;
    if (!same || !session.accepts(ticket.secret)) throw new AppError('resume_refused');
    return session;
  }
}
