import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Identity } from '../../auth/claims.ts';
import { TokenLife } from '../../auth/token-life.ts';
import { AppError } from '../../lib/errors.ts';
import type { Code } from '../../protocol/codes.ts';
import type { IceParameters, TransportOptions } from '../../protocol/transports.ts';
import type { IceCredentials } from '../../sdp/transport-parameters.ts';

/** Who opens or steers a session, by its request. */
export interface Bearer {
  readonly token: string;
  /** Checks the token. Throws its refusal. */
  authorize(): Identity;
}

/** The member of an encoder or of a player, as far as its session goes. */
export interface StreamMember {
  readonly id: string;
  readonly identity: Identity;
  readonly claims: Identity;
  /** What the client needs to make its end of the transport. */
  readonly transport: TransportOptions;
  restartIce(): Promise<IceParameters>;
  close(code: Code): void;
  on(event: 'closed', listener: () => void): unknown;
}

interface Options {
  member: StreamMember;
  token: string;
  /** The `mid` of the section that has the transport. */
  mid: string;
  ice: IceCredentials;
  /** How far the clock of the one who minted the token may be off, in milliseconds. */
  toleranceMs: number;
}

/** One stream of an encoder or to a player, from its offer until it or its member ends. */
export class WhipSession {
  /** The last part of its address. It cannot be guessed. */
  readonly id = randomUUID();
  readonly member: StreamMember;
  readonly mid: string;
  readonly #tokenHash: Buffer;
  readonly #tokenLife: TokenLife;
  /** The client's ICE credentials: others mean an ICE restart. */
  #ice: IceCredentials;
  #serverFragment: string;

  constructor({ member, token, mid, ice, toleranceMs }: Options) {
    this.member = member;
    this.mid = mid;
    this.#ice = ice;
    this.#serverFragment = member.transport.iceParameters.usernameFragment;
    this.#tokenHash = hash(token);
    this.#tokenLife = new TokenLife({ toleranceMs, onExpired: () => member.close('token_expired') });
    this.#tokenLife.renew(member.claims.expiresAt);
    member.on('closed', () => this.#tokenLife.stop());
  }

  /** Of the ICE session (RFC 9725 section 4.3.1). */
  get etag(): string {
    return `"${this.#serverFragment}"`;
  }

  /**
   * Checks that a request comes from the client's user. The token that opened the session is good for it to its end; another
   * one of the same user puts that end off.
   *
   * @throws AppError `not_found` for other users, and what is wrong with the token
   */
  checkBearer({ token, authorize }: Bearer): void {
    if (timingSafeEqual(hash(token), this.#tokenHash)) return;
    const { userId, room, expiresAt } = authorize();
    const { claims } = this.member;
    if (userId !== claims.userId || room !== claims.room) throw new AppError('not_found');
    if (expiresAt > claims.expiresAt) this.#tokenLife.renew(expiresAt);
  }

  isRestart({ usernameFragment, password }: IceCredentials): boolean {
    return usernameFragment !== this.#ice.usernameFragment || password !== this.#ice.password;
  }

  /** Takes other credentials of the client, and returns the server's new ones. */
  async restartIce(ice: IceCredentials) {
    const iceParameters = await this.member.restartIce();
    this.#ice = ice;
    this.#serverFragment = iceParameters.usernameFragment;
    return iceParameters;
  }
}

/** The streams of encoders, or those to players, by the ids in their addresses. */
export class WhipSessions {
  readonly #sessions = new Map<string, WhipSession>();

  add(session: WhipSession): void {
    this.#sessions.set(session.id, session);
    session.member.on('closed', () => this.#sessions.delete(session.id));
  }

  /** Throws `not_found`. */
  get(id: string): WhipSession {
    const session = this.#sessions.get(id);
    if (!session) throw new AppError('not_found', 'there is no such session');
    return session;
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
