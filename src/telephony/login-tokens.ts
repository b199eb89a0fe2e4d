/** Login tokens for softphones: asked of Telnyx once for all who wait, kept until they are due, renewed before they end. */
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { RateLimiter } from '../lib/rate-limiter.ts';
import type { AgentCredentials } from './agent-credentials.ts';
import { type LoginToken, readLoginToken } from './login-token.ts';
import { DEFAULT_RETRIES, type RetryOptions, withRetries } from './retry.ts';

export interface LoginTokensOptions {
  credentials: AgentCredentials;
  /** Asks Telnyx for a token for a credential, once; the answer as it came. */
  createToken: (credentialId: string) => Promise<string>;
  /** Whether the agent is there: only then is a token renewed that nobody asks for. */
  isConnected: (userId: string) => boolean;
  logger: Logger;
  /** Its abort ends all timers, and what is on its way with its reason. */
  signal: AbortSignal;
  retries?: RetryOptions;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

/** What there is for one credential. */
interface Entry {
  readonly key: string;
  /** Those who asked for it. */
  readonly users: Set<string>;
  token?: LoginToken;
  /** The answer that is on its way. */
  pending?: Promise<LoginToken>;
  timer?: NodeJS.Timeout;
}

/** How often one agent may ask for a token in place of the one that there is. */
const FRESH_TOKENS = { perMinute: 1, burst: 3 };
/** When what could not be renewed is tried again; nothing is renewed more often than that. */
const RETRY_MS = 60_000;
/** `setTimeout` knows no longer time. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export class LoginTokens {
  readonly #options: LoginTokensOptions;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #freshTokens = new RateLimiter(FRESH_TOKENS);

  constructor(options: LoginTokensOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    options.signal.addEventListener('abort', () => this.#clear(), { once: true });
  }

  /** How many credentials have a token, or wait for one. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * A token for this agent: the one there is until it is due, else a new one. Of a Telnyx that cannot be reached, the
   * one there is as long as it is good, with a `refreshAt` a minute ahead.
   * @param options.fresh asks anew in any case
   * @throws AppError `telnyx_*` of the last attempt; `rate_limited` for too many fresh ones
   */
  async get(userId: string, { fresh = false } = {}): Promise<LoginToken> {
    this.#options.signal.throwIfAborted();
    const entry = this.#entryOf(userId);
    const { token, pending } = entry;
    if (!pending && !fresh && token && this.#now() < token.refreshAt) return token;
    if (!pending && fresh) this.#limitFresh(userId);
    try {
      return await (pending ?? this.#renew(entry, userId));
    } catch (error) {
      if (fresh || !token || !isPassing(error) || this.#now() >= token.expiresAt) throw error;
      return { ...token, refreshAt: Math.min(this.#now() + RETRY_MS, token.expiresAt) };
    }
  }

  #limitFresh(userId: string): void {
    const retryAfterMs = this.#freshTokens.take(userId);
    if (retryAfterMs === 0) return;
    throw new AppError('rate_limited', 'too many fresh login tokens, wait a minute', { retryAfterMs });
  }

  #clear(): void {
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    this.#entries.clear();
  }

  #entryOf(userId: string): Entry {
    const key = this.#options.credentials.keyOf(userId);
    const entry = this.#entries.get(key) ?? { key, users: new Set() };
    this.#entries.set(key, entry);
    entry.users.add(userId);
    return entry;
  }

  /** Asks Telnyx, once for all who come meanwhile. */
  #renew(entry: Entry, userId: string): Promise<LoginToken> {
    entry.pending = this.#ask(userId).then(
      (token) => {
        delete entry.pending;
        entry.token = token;
        this.#renewAt(entry, token.refreshAt);
        return token;
      },
      (error) => {
        delete entry.pending;
        if (!entry.token && this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
        throw error;
      },
    );
    return entry.pending;
  }

  async #ask(userId: string): Promise<LoginToken> {
    const { credentials } = this.#options;
    const id = await this.#persist(() => credentials.idOf(userId));
    try {
      return await this.#tokenFor(id);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'telnyx_not_found') throw error;
      return this.#tokenFor(await this.#persist(() => credentials.replace(userId, id)));
    }
  }

  async #tokenFor(credentialId: string): Promise<LoginToken> {
    const answer = await this.#persist(() => this.#options.createToken(credentialId));
    return readLoginToken(answer, this.#now());
  }

  async #persist<T>(task: () => Promise<T>): Promise<T> {
    const { signal, retries = DEFAULT_RETRIES } = this.#options;
    const outcome = await withRetries(task, { ...retries, signal });
    signal.throwIfAborted();
    return outcome;
  }

  #renewAt(entry: Entry, time: number): void {
    clearTimeout(entry.timer);
    const wait = Math.min(Math.max(RETRY_MS, time - this.#now()), MAX_TIMEOUT_MS);
    entry.timer = setTimeout(() => this.#renewForThoseConnected(entry), wait).unref();
  }

  /** A token that nobody is there for is forgotten. */
  #renewForThoseConnected(entry: Entry): void {
    if (entry.pending) return;
    for (const user of entry.users) if (!this.#options.isConnected(user)) entry.users.delete(user);
    const [first] = entry.users;
    if (first === undefined) {
      this.#entries.delete(entry.key);
      return;
    }
    this.#renew(entry, first).catch((error) => {
      if (this.#options.signal.aborted) return;
      this.#options.logger.warn({ err: error, user: first }, 'a login token could not be renewed');
      const again = this.#now() + RETRY_MS;
      if (entry.token && again < entry.token.expiresAt) this.#renewAt(entry, again);
      else this.#entries.delete(entry.key);
    });
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'telnyx_unavailable';
}
