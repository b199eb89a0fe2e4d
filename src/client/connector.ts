import { retryDelay, sleep } from './backoff.ts';
import { type ErrorCode, RoomError } from './errors.ts';
import { watchNetwork } from './network.ts';
import type { Session } from './session.ts';
import type { Ending } from './signaling.ts';

interface Options {
  /** Opens one session. */
  open: (signal: AbortSignal) => Promise<Session>;
  /** Brings a session that was opened anew to where the last one was. */
  restore: (session: Session) => Promise<void>;
  /** A session is gone, and another is on its way. */
  onLost: (reason: ErrorCode) => void;
  onRestored: () => void;
  /** There will be no other session. */
  onEnded: (code: ErrorCode) => void;
}

/** A connection that lived for so long was a good one: the next delay starts small again. In milliseconds. */
const STABLE_MS = 10_000;

/** Keeps a session: opens the first one when asked to, and another whenever one is lost, until it is ended. */
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
  #unwatchNetwork: (() => void) | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The one that is; undefined while there is none. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * The session that is or is on its way, after a first try of a first one.
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

  /** Closes what there is, and opens nothing more. */
  end(code: ErrorCode): void {
    if (this.#ended.signal.aborted) return;
    this.#session = undefined;
    this.#endedWith = code;
    this.#ended.abort();
    this.#wake?.abort();
    this.#unwatchNetwork?.();
    this.#options.onEnded(code);
  }

  async #openFirst(): Promise<Session> {
    const session = await this.#openSession();
    this.#unwatchNetwork = watchNetwork(() => this.#networkChanged());
    this.#watch(session);
    return session;
  }

  async #openSession(): Promise<Session> {
    this.#assertNotEnded();
    const session = await this.#options.open(this.#ended.signal);
    this.#assertNotEnded(); // the signal has closed it
    this.#session = session;
    return session;
  }

  #watch(session: Session): void {
    this.#openedAt = performance.now();
    void session.closed.then((ending) => {
      if (!this.#ended.signal.aborted) this.#lost(ending);
    });
  }

  #lost({ code, retry, retryAfter }: Ending): void {
    this.#session = undefined;
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
        const session = await this.#openSession();
        await this.#options.restore(session);
        if (!session.open) throw new RoomError('connection_lost');
        this.#options.onRestored();
        this.#watch(session);
        return session;
      } catch (error) {
        this.#session?.close('connection_lost');
        this.#session = undefined;
        if (error instanceof RoomError && !error.retry) {
          this.end(error.code);
          throw error;
        }
        if (!(error instanceof RoomError)) console.warn('no token yet, or no session of it', error);
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
