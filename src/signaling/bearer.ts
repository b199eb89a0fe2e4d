import type { Identity } from '../auth/claims.ts';
import { TokenLife } from '../auth/token-life.ts';
import { AppError } from '../lib/errors.ts';

interface Options {
  /** Who the bearer of a token is; throws its refusal. */
  verifyToken: (token: string) => Identity;
  /** How far the clock of the one who minted may be off, in milliseconds. */
  toleranceMs: number;
  /** Called a minute before the end, in milliseconds since 1970-01-01 UTC. */
  onExpiring: (expiresAtMs: number) => void;
  onExpired: () => void;
  /** Another token has taken the place of the last one. */
  onRenewed: (identity: Identity) => void;
}

/** Who the client of a session is, by the token that it showed last, and until when. */
export class Bearer {
  readonly #options: Options;
  readonly #life: TokenLife;
  #identity: Identity;
  #expiringAtMs: number | undefined;

  constructor(identity: Identity, options: Options) {
    this.#identity = identity;
    this.#options = options;
    this.#life = new TokenLife({
      toleranceMs: options.toleranceMs,
      onExpired: options.onExpired,
      onExpiring: (expiresAtMs) => {
        this.#expiringAtMs = expiresAtMs;
        options.onExpiring(expiresAtMs);
      },
    });
    this.#life.renew(identity.expiresAt);
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** When the token ends, if that is soon. */
  get expiringAtMs(): number | undefined {
    return this.#expiringAtMs;
  }

  /** Takes another token. Throws its refusal, and `forbidden` for another user or room. */
  refresh(token: string): { expiresAt: number } {
    const identity = this.#options.verifyToken(token);
    const { userId, room } = this.#identity;
    if (identity.userId !== userId || identity.room !== room) {
      throw new AppError('forbidden', 'this token is for another user or another room');
    }
    this.#renew(identity);
    return { expiresAt: identity.expiresAt * 1000 };
  }

  /** The same user has come back, with a token that counts if it ends later. */
  cameBack(identity: Identity): void {
    if (identity.expiresAt > this.#identity.expiresAt) this.#renew(identity);
  }

  /** Its end is of no interest any more. */
  stop(): void {
    this.#life.stop();
  }

  #renew(identity: Identity): void {
    this.#identity = identity;
    this.#expiringAtMs = undefined;
    this.#life.renew(identity.expiresAt);
    this.#options.onRenewed(identity);
  }
}
