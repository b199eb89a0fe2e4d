import { toAppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Identity } from './claims.ts';
import type { OriginPolicy } from './origins.ts';
import { readToken, type TokenRequest } from './requests.ts';
import type { TokenVerifier } from './tokens.ts';

interface Options {
  tokens: TokenVerifier;
  origins: OriginPolicy;
  /** Throws where the user was removed or banned, or the token was revoked. */
  assertNotCutOff: (identity: Identity) => void;
  journal: Journal;
  /** Told the user type of each accepted token. */
  checkUserType: (userType: string) => void;
}

/** Who comes: the one check for the upgrade, for `/aq_server/validate` and for a token that takes another's place. */
export interface Authorization {
  /** Who a request comes from. Throws the refusal. */
  authorize(request: TokenRequest): Identity;
  /** Who the bearer of a token is. Throws its refusal. */
  verifyToken(token: string): Identity;
}

/** Each token is noted in the journal, accepted or refused. */
export function createAuthorization(options: Options): Authorization {
  const { tokens, origins, assertNotCutOff, journal, checkUserType } = options;
  const verifyToken = (token: string): Identity => {
    let whose: { user?: string; room?: string } = {};
    try {
      const identity = tokens.verify(token, ({ userId: user, room }) => {
        whose = { user, room };
      });
      assertNotCutOff(identity);
      checkUserType(identity.userType);
      journal({ kind: 'token-accepted', ...whose, detail: { type: identity.userType } });
      return identity;
    } catch (error) {
      journal({ kind: 'token-refused', ...whose, target: toAppError(error).code });
      throw error;
    }
  };
  const authorize = (request: TokenRequest): Identity => {
    origins.check(request.headers.origin, request.headers.host);
    return verifyToken(readToken(request));
  };
  return { authorize, verifyToken };
}
