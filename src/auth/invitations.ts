/** Invitations: codes with an end and a number of uses, each of which becomes a token for a user of its own. */
import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import type { Database } from '../store/database.ts';
import { sweepInSteps } from '../store/sweep.ts';
import {
  deleteEndedInvitations,
  findInvitation,
  type Invitation,
  type InvitationFilter,
  type InvitationPlace,
  insertInvitation,
  livingInvitations,
  markInvitationRevoked,
  takeInvitation,
} from './invitation-table.ts';
import type { TokenRegister } from './token-register.ts';
import type { TokenRecord } from './token-table.ts';

export interface InvitationsOptions {
  database: Database;
  tokenRegister: TokenRegister;
  /** The longest life of a token. */
  tokenMaxTtlSeconds: number;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

/** An invitation to make. */
export interface NewInvitation
  extends Pick<Invitation, 'createdBy' | 'room' | 'userType' | 'grants' | 'maxUses'> {
  /** How long the code is good. */
  readonly ttlSeconds: number;
  /** How long its tokens live; as long as may be without it, at most a day. */
  readonly tokenTtlSeconds?: number | undefined;
}

/** How many invitations of one room are good at once. */
const MAX_PER_ROOM = 1000;
const DEFAULT_TOKEN_TTL_SECONDS = 86_400;
const SWEEP_INTERVAL_MS = 3_600_000;
const SWEEP_STEP = 200;

/** All changes are on disk when their promise resolves; they reject with `storage_unavailable`, and nothing is changed then. */
export class Invitations {
  readonly #options: InvitationsOptions;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(options: InvitationsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const sweep = () => void this.sweep().catch(() => {}); // the database has logged what is wrong
    this.#timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** Throws `limit_reached`. */
  async create({ ttlSeconds, tokenTtlSeconds, ...wanted }: NewInvitation): Promise<Invitation> {
    const { tokenMaxTtlSeconds, database } = this.#options;
    const now = this.#now();
    const invitation: Invitation = {
      ...wanted,
      // 120 random bits: nobody guesses one.
      code: randomBytes(15).toString('base64url'),
      tokenTtlSeconds: Math.min(tokenTtlSeconds ?? DEFAULT_TOKEN_TTL_SECONDS, tokenMaxTtlSeconds),
      uses: 0,
      createdAt: now,
      expiresAt: now + 1000 * ttlSeconds,
      revokedAt: undefined,
    };
    await database.write((sql) => {
      const page = { now, limit: MAX_PER_ROOM };
      if (livingInvitations(sql, { room: wanted.room }, page).length >= MAX_PER_ROOM) {
        throw new AppError('limit_reached', 'this room has too many invitations');
      }
      insertInvitation(sql, invitation);
    });
    return invitation;
  }

  find(code: string): Invitation | undefined {
    return this.#options.database.read((sql) => findInvitation(sql, code));
  }

  /** Those that have not ended and were not revoked, the newest first. */
  list(filter: InvitationFilter, page: { after?: InvitationPlace | undefined; limit: number }): Invitation[] {
    return this.#options.database.read((sql) =>
      livingInvitations(sql, filter, { ...page, now: this.#now() }),
    );
  }

  /** Mints a token for somebody with a fresh user id. Throws `invitation_invalid`. */
  async exchange(code: string, name: string): Promise<{ token: string; record: TokenRecord }> {
    const { database, tokenRegister } = this.#options;
    const invitation = await database.write((sql) => takeInvitation(sql, code, this.#now()));
    if (!invitation) throw new AppError('invitation_invalid');
    const { room, userType, grants, tokenTtlSeconds: ttlSeconds, createdBy: mintedBy } = invitation;
    const minted = await tokenRegister.mint({
      claims: {
        room,
        user_id: `guest-${randomUUID()}`,
        name,
        user_type: userType,
        ...(grants && { grants: [...grants] }),
      },
      ttlSeconds,
      mintedBy,
      invitation: code,
    });
    // It may have been revoked meanwhile, with the tokens that there were.
    if (this.find(code)?.revokedAt === undefined) return minted;
    await tokenRegister.revoke(minted.record.jti);
    throw new AppError('invitation_invalid');
  }

  /** Revokes an invitation and the tokens that it has become. Resolves to how many of these there were. Throws `not_found`. */
  async revoke(code: string): Promise<number> {
    if (!this.find(code)) throw new AppError('not_found', 'there is no such invitation');
    await this.#options.database.write((sql) => markInvitationRevoked(sql, code, this.#now()));
    return await this.#options.tokenRegister.revokeAll({ invitation: code });
  }

  /** Forgets the invitations that have ended; their tokens stay in the register until they end. */
  async sweep(): Promise<void> {
    const before = this.#now() - 1000 * this.#options.tokenMaxTtlSeconds;
    await sweepInSteps(this.#options.database, (sql) => deleteEndedInvitations(sql, before, SWEEP_STEP));
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
