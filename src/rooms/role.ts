import type { Identity } from '../auth/claims.ts';
import { grantsOf } from '../auth/grants.ts';
import type { Grant, RoomUserType } from '../protocol/grants.ts';

/** What a change of role has changed. */
export interface RoleChange {
  readonly before: Identity;
  readonly after: Identity;
  readonly gained: ReadonlySet<Grant>;
}

/** Who a peer is and what it may do: as its token says, or with the type that a host has given it for this session. */
export class Role {
  #claims: Identity;
  #givenType: RoomUserType | undefined;
  #identity: Identity;

  constructor(claims: Identity) {
    this.#claims = claims;
    this.#identity = claims;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** What its token says, whatever hosts have made of it. */
  get claims(): Identity {
    return this.#claims;
  }

  /** Takes another token of the same user. A type that a host has given stays. */
  renew(claims: Identity): RoleChange {
    this.#claims = claims;
    return this.#change();
  }

  /** Gives another type, within what the token is narrowed to. */
  give(userType: RoomUserType): RoleChange {
    this.#givenType = userType;
    return this.#change();
  }

  #change(): RoleChange {
    const before = this.#identity;
    const after = identityWith(this.#claims, this.#givenType);
    this.#identity = after;
    return { before, after, gained: new Set([...after.grants].filter((grant) => !before.grants.has(grant))) };
  }
}

function identityWith(claims: Identity, userType: RoomUserType | undefined): Identity {
  if (userType === undefined || userType === claims.userType) return claims;
  return { ...claims, userType, grants: grantsOf(userType, claims.narrowedTo) };
}
