import { retryDelay, sleep } from './backoff.ts';
import { type ErrorCode, RoomError } from './errors.ts';
import { watchNetwork } from './network.ts';
import type { Session } from './session.ts';
import type { Ending } from './socket.ts';

interface Options {
  /** Opens a session, or goes on with the previous one, which is what comes back then. */
  open: (signal: AbortSignal, previous: Session | undefined) => Promise<Session>;
  /** Brings a session to where the last one was; one that goes on is there already. */
  restore: (session: Session) => Promise<void>;
  /** The socket is gone, and another is on its way. */
  onLost: (reason: ErrorCode) => void;
  /** @param resumed whether it is the same session */
  onRestored: (resumed: boolean) => void;
  /** There will be no other session. */
  onEnded: (code: ErrorCode) => void;
}

/** A connection that lived for so long was a good one: the next delay starts small again. In milliseconds. */
const STABLE_MS = 10_000;

/** How long a first connection is tried for where nobody answers, in milliseconds. */
const PATIENCE_MS = 5000;
const AWAY: ReadonlySet<ErrorCode> = new Set(['unreachable', 'connection_lost', 'server_closing']);

/** Keeps a session: opens the first one when asked to, goes on with it or opens another when it is lost, until the end. */
export class Connector {
  readonly #options: Options;
  readonly #ended = new AbortController();
  #endedWith: ErrorCode = 'left';
  /** The session to come, or the one that is. */
  #opening: Promise<Session> | undefined;
  #session: Session | undefined;
  #openedAt = 0;
  #failures = 0;
  #wake: AbortController | undefined;
  /** Whether a first session is tried for again, as it got as far as the lobby. */
  #patient = false;
  #unwatchNetwork: (() => void) | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The one that is, if only while its socket is being replaced; undefined while there is none. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * The session that is or is on its way; a first one is tried for within some seconds.
   * @throws RoomError with the reason why there is none
   */
  async open(): Promise<Session> {
    this.#assertNotEnded();
    if (!this.#opening) {
      this.#opening = this.#openFirst();
      this.#opening.catch(() => {
        this.#opening = undefined;
      });
    }
    return await this.#opening;
  }

  /** From now on a first session, too, is tried for until there is one: its user has waited for it. */
  keepTrying(): void {
    this.#patient = true;
  }

  /** Closes what there is, and opens nothing more. */
  end(code: ErrorCode): void {
    if (this.#ended.signal.aborted) return;
    this.#endedWith = code;
    this.#session?.close(code);
    this.#session = undefined;
    this.#ended.abort();
    this.#wake?.abort();
    this.#unwatchNetwork?.();
    this.#options.onEnded(code);
  }

  async #openFirst(): Promise<Session> {
    const session = await this.#openPatiently();
    this.#unwatchNetwork = watchNetwork(() => this.#networkChanged());
    this.#watch(session);
    return session;
  }

  /** Tries again for some time where nobody answers, as when the server is being started again. */
  async #openPatiently(): Promise<Session> {
    for (const began = performance.now(); ; ) {
      try {
        return await this.#openSession();
      } catch (error) {
        if (!(error instanceof RoomError && error.retry)) throw error;
        const away = AWAY.has(error.code) && performance.now() - began <= PATIENCE_MS;
        if (!away && !this.#patient) throw error;
        await this.#pause(retryDelay(this.#failures++));
      }
    }
  }

  async #openSession(): Promise<Session> {
    this.#assertNotEnded();
    const session = await this.#options.open(this.#ended.signal, this.#session);
    this.#assertNotEnded(); // the signal has closed its socket
    this.#session = session;
    return session;
  }

  #watch(session: Session): void {
    this.#openedAt = performance.now();
    void session.disconnected.then((ending) => {
      if (!this.#ended.signal.aborted) this.#lost(ending);
    });
  }

  #lost({ code, retry, retryAfter }: Ending): void {
    if (performance.now() - this.#openedAt >= STABLE_MS) this.#failures = 0;
    if (!retry) {
      this.end(code);
      return;
    }
    this.#options.onLost(code);
    this.#opening = this.#reopen(retryAfter);
    this.#opening.catch(() => {}); // told by `onEnded`
  }

  async #reopen(retryAfter: number | undefined): Promise<Session> {
    for (let delay = retryAfter; ; delay = undefined) {
      await this.#pause(delay ?? retryDelay(this.#failures++));
      try {
        const before = this.#session;
        const session = await this.#openSession();
        await Promise.race([this.#options.restore(session), failure(session.disconnected)]);
        this.#options.onRestored(session === before);
        this.#watch(session);
        return session;
      } catch (error) {
        if (error instanceof RoomError && !error.retry) {
          this.end(error.code);
          throw error;
        }
        if (!(error instanceof RoomError)) console.warn('no token yet, or no session of it', error);
        if (!this.#session?.open) this.#session = undefined;
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#ended.signal.aborted) return;
    await sleep(ms, this.#wake.signal);
    this.#wake = undefined;
  }

  #networkChanged(): void {
    this.#wake?.abort();
    this.#session?.networkChanged();
  }

  #assertNotEnded(): void {
    if (this.#ended.signal.aborted) throw new RoomError(this.#endedWith);
  }
}

/** Rejects with how the socket ended: whether to come back is said by the code's own `retry`. */
async function failure(disconnected: Promise<Ending>): Promise<never> {
  const { code } = await disconnected;
  throw new RoomError(code);
}
