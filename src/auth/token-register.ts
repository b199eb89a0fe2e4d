/** The tokens that this server has minted: they can be listed and revoked, one by one or together. */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setImmediate as nextTick } from 'node:timers/promises';
import { AppError } from '../lib/errors.ts';
import type { Database } from '../store/database.ts';
import { sweepInSteps } from '../store/sweep.ts';
import type { Identity, MintedClaims } from './claims.ts';
import { DEFAULT_USER_TYPE } from './grants.ts';
import type { Secret } from './keys.ts';
import {
  deleteEndedTokens,
  findToken,
  insertToken,
  livingTokens,
  markRevoked,
  revokedTokens,
  type TokenFilter,
  type TokenPlace,
  type TokenRecord,
} from './token-table.ts';
import { mintToken } from './tokens.ts';

export interface TokenRegisterOptions {
  database: Database;
  /** What tokens are signed with. */
  secret: Secret;
  /** How far the clock of another server may be off: a token is forgotten so much after its end. */
  clockToleranceSeconds: number;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

/** A token to mint. */
export interface TokenOrder {
  readonly claims: MintedClaims & { readonly room: string };
  readonly ttlSeconds: number;
  /** Who has it minted, as the audit names it. */
  readonly mintedBy: string;
  /** The code of the invitation that becomes this token. */
  readonly invitation?: string | undefined;
}

/** How many tokens are revoked in one step. */
const REVOKE_STEP = 500;
const SWEEP_STEP = 200;
const SWEEP_INTERVAL_MS = 3_600_000;

/**
 * Revocations are read from memory, count at once, and are on disk when their promise resolves. While the disk cannot be
 * written it rejects with `storage_unavailable`: the revocation counts, and is stored later. Emits `revoked` with each step of
 * a revocation, as soon as it counts.
 */
export class TokenRegister extends EventEmitter<{ revoked: [readonly TokenRecord[]] }> {
  readonly #options: TokenRegisterOptions;
  readonly #now: () => number;
  /** The end of each revoked token that has not ended, by its `jti`. */
  readonly #revoked = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: TokenRegisterOptions) {
    super();
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const revoked = options.database.read((sql) => revokedTokens(sql, this.#oldestEnd()));
    for (const { jti, expiresAt } of revoked) this.#revoked.set(jti, expiresAt);
    const sweep = () => void this.sweep().catch(() => {}); // the database has logged what is wrong
    this.#timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** Throws `token_revoked` for a token that was revoked by its `jti`. */
  check({ tokenId }: Identity): void {
    if (tokenId !== undefined && this.#revoked.has(tokenId)) {
      throw new AppError('token_revoked', 'the token was revoked');
    }
  }

  /** Mints a token. Resolves when the register has it on disk. Throws `storage_unavailable`. */
  async mint({
    claims,
    ttlSeconds,
    mintedBy,
    invitation,
  }: TokenOrder): Promise<{ token: string; record: TokenRecord }> {
    const jti = randomUUID();
    const issuedAt = Math.floor(this.#now() / 1000) * 1000;
    const { token, expiresAt } = mintToken(
      { ...claims, jti },
      { ...this.#options.secret, ttlSeconds, now: () => issuedAt },
    );
    const record: TokenRecord = {
      jti,
      mintedBy,
      room: claims.room,
      userId: claims.user_id,
      name: claims.name,
      userType: claims.user_type ?? DEFAULT_USER_TYPE,
      invitation,
      issuedAt,
      expiresAt: expiresAt * 1000,
      revokedAt: undefined,
    };
    await this.#options.database.write((sql) => insertToken(sql, record));
    return { token, record };
  }

  find(jti: string): TokenRecord | undefined {
    return this.#options.database.read((sql) => findToken(sql, jti));
  }

  /** The tokens that have not ended and were not revoked, the newest first: those behind a place, at most `limit`. */
  list(filter: TokenFilter, page: { after?: TokenPlace | undefined; limit: number }): TokenRecord[] {
    const found = this.#options.database.read((sql) =>
      livingTokens(sql, filter, { ...page, now: this.#now() }),
    );
    return found.filter(({ jti }) => !this.#revoked.has(jti)); // a revocation may not be on disk yet
  }

  /** Revokes all tokens that fit and have not ended. Resolves to how many there were. */
  async revokeAll(filter: TokenFilter): Promise<number> {
    const stored: Promise<void>[] = [];
    let count = 0;
    for (const tokens of this.#pages(filter)) {
      const fresh = tokens.filter(({ jti }) => !this.#revoked.has(jti));
      stored.push(this.#revoke(fresh));
      count += fresh.length;
      await nextTick();
    }
    await Promise.all(stored);
    return count;
  }

  /** Revokes one token; one that was revoked before stays so. Throws `not_found`. */
  async revoke(jti: string): Promise<void> {
    const token = this.find(jti);
    if (!token) throw new AppError('not_found', 'there is no such token');
    const isAlive = token.revokedAt === undefined && token.expiresAt > this.#now();
    if (isAlive && !this.#revoked.has(jti)) await this.#revoke([token]);
  }

  /** Forgets the tokens that have ended. */
  async sweep(): Promise<void> {
    const before = this.#oldestEnd();
    for (const [jti, end] of this.#revoked) if (end < before) this.#revoked.delete(jti);
    await sweepInSteps(this.#options.database, (sql) => deleteEndedTokens(sql, before, SWEEP_STEP));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  *#pages(filter: TokenFilter): Generator<readonly TokenRecord[]> {
    let after: TokenPlace | undefined;
    for (;;) {
      const page = { now: this.#now(), after, limit: REVOKE_STEP };
      const tokens = this.#options.database.read((sql) => livingTokens(sql, filter, page));
      after = tokens.at(-1);
      if (!after) return;
      yield tokens;
    }
  }

  #revoke(tokens: readonly TokenRecord[]): Promise<void> {
    const at = this.#now();
    for (const { jti, expiresAt } of tokens) this.#revoked.set(jti, expiresAt);
    const jtis = tokens.map(({ jti }) => jti);
    const stored = this.#options.database.persist(undefined, (sql) => markRevoked(sql, jtis, at));
    stored.catch(() => {}); // whoever awaits it is told too
    this.emit('revoked', tokens);
    return stored;
  }

  /** A token that ended before this is alive for nobody. */
  #oldestEnd(): number {
    return this.#now() - 2000 * this.#options.clockToleranceSeconds;
  }
}
