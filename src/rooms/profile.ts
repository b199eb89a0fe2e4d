import type { EventEmitter } from 'node:events';
import type { Identity } from '../auth/claims.ts';
import type { Grant, RoomUserType, Source } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { PeerInfo } from '../protocol/model.ts';
import type { MemberEvents } from './member.ts';
import { producerInfo } from './publication.ts';
import type { Publications } from './publications.ts';
import { Role, type RoleChange } from './role.ts';

interface Options {
  id: string;
  claims: Identity;
  /** The sources that hosts have muted for this user. */
  mutedSources: (userId: string) => Source[];
  publications: () => Pick<Publications, 'media'>;
  /** Where the facts are emitted. */
  events: Pick<EventEmitter<MemberEvents>, 'emit'>;
}

/** Who a member is: its role, and what it says of itself. */
export class Profile {
  readonly #options: Options;
  readonly #role: Role;
  #metadata: Metadata = {};
  #handRaisedAt: number | null = null;
  #isReconnecting = false;

  constructor(options: Options) {
    this.#options = options;
    this.#role = new Role(options.claims);
  }

  /** Who the member is, with the user type that it has now. */
  get identity(): Identity {
    return this.#role.identity;
  }

  /** What its token says, whatever hosts have changed. */
  get claims(): Identity {
    return this.#role.claims;
  }

  get isReconnecting(): boolean {
    return this.#isReconnecting;
  }

  may(grant: Grant): boolean {
    return this.identity.grants.has(grant);
  }

  /** What the others are told of it. */
  info(): PeerInfo {
    const { id, mutedSources, publications } = this.#options;
    const { userId, name, userType } = this.identity;
    return {
      id,
      userId,
      name,
      userType,
      metadata: this.#metadata,
      handRaisedAt: this.#handRaisedAt,
      reconnecting: this.#isReconnecting,
      mutedSources: mutedSources(userId),
      producers: [...publications().media].map(producerInfo),
    };
  }

  setMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.#options.events.emit('updated', { metadata });
  }

  setHandRaised(raised: boolean): void {
    if (raised === (this.#handRaisedAt !== null)) return;
    this.#handRaisedAt = raised ? Date.now() : null;
    this.#options.events.emit('updated', { handRaisedAt: this.#handRaisedAt });
  }

  setReconnecting(isReconnecting: boolean): void {
    if (isReconnecting === this.#isReconnecting) return;
    this.#isReconnecting = isReconnecting;
    this.#options.events.emit('updated', { reconnecting: isReconnecting });
  }

  /** Gives it another user type, within what its token is narrowed to. */
  setUserType(userType: RoomUserType): RoleChange {
    return this.#role.give(userType);
  }

  /** Takes the claims of another token of the same user. */
  renewClaims(claims: Identity): RoleChange {
    return this.#role.renew(claims);
  }

  /** Tells the others of another name or user type, and the room of new grants. */
  announce({ before, after, gained }: RoleChange): void {
    const { events } = this.#options;
    if (before.name !== after.name || before.userType !== after.userType) {
      events.emit('updated', { name: after.name, userType: after.userType });
    }
    events.emit('granted', gained);
  }
}
