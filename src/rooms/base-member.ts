import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Identity } from '../auth/claims.ts';
import { Closer } from '../lib/closer.ts';
import type { Directions, PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import type { Grant, RoomUserType, Source } from '../protocol/grants.ts';
import type { PeerInfo } from '../protocol/model.ts';
import type { Member, MemberEvents, Receiver } from './member.ts';
import type { Mutes } from './mutes.ts';
import { Profile } from './profile.ts';
import { type PublicationLimits, Publications } from './publications.ts';
import type { RoleChange } from './role.ts';

/** What a member needs of its room. */
export interface MemberRoom {
  readonly mutes: Mutes;
  openMedia(directions?: Directions): Promise<PeerMedia>;
}

export interface BaseMemberOptions {
  identity: Identity;
  address: string;
  room: MemberRoom;
  limits: PublicationLimits;
  /** Notes that the member has reached a limit, by the name of its variable. */
  noteLimit: (limit: string) => void;
}

/** What all members have in common: who they are, what they publish, and what hosts can do to them. */
export abstract class BaseMember extends EventEmitter<MemberEvents> implements Member {
  readonly id = randomUUID();
  readonly address: string;
  readonly profile: Profile;
  readonly publications: Publications;
  /** Undefined for a member that does not receive, or not at the moment. */
  abstract readonly receiver: Receiver | undefined;
  /** The media of this moment. */
  abstract readonly media: PeerMedia;
  protected readonly closer = new Closer();

  constructor({ identity, address, room, limits, noteLimit }: BaseMemberOptions) {
    super();
    const { userId } = identity;
    this.address = address;
    this.profile = new Profile({
      id: this.id,
      claims: identity,
      mutedSources: (user) => room.mutes.of(user),
      publications: () => this.publications,
      events: this,
    });
    this.publications = new Publications({
      peerId: this.id,
      userId,
      limits,
      media: () => this.media,
      may: (grant) => this.may(grant),
      isMuted: (source) => room.mutes.has(userId, source),
      events: this,
      tell: (event) => this.tell(event),
      isClosed: () => this.closer.closed,
      onFlood: () => {
        noteLimit('MAX_INCOMING_BITRATE');
        this.close('rate_limited');
      },
    });
  }

  get identity(): Identity {
    return this.profile.identity;
  }

  get claims(): Identity {
    return this.profile.claims;
  }

  get isReconnecting(): boolean {
    return this.profile.isReconnecting;
  }

  may(grant: Grant): boolean {
    return this.profile.may(grant);
  }

  info(): PeerInfo {
    return this.profile.info();
  }

  abstract tell(event: OutgoingEvent): void;

  pauseSource(source: Source): Promise<boolean> {
    return this.publications.pauseSource(source);
  }

  closeSource(source: Source): void {
    this.publications.closeSource(source);
  }

  setHandRaised(raised: boolean): void {
    this.profile.setHandRaised(raised);
  }

  setUserType(userType: RoomUserType): void {
    this.changeRole(this.profile.setUserType(userType));
  }

  /** Takes the claims of another token of the same user. What they no longer allow is closed. */
  renewClaims(claims: Identity): void {
    this.changeRole(this.profile.renewClaims(claims));
  }

  close(code: Code): void {
    if (!this.closer.close(code)) return;
    this.publications.stop();
    this.onClose(code);
    this.emit('closed', code);
    this.removeAllListeners();
  }

  /** Closes what the role does not allow any more, and tells of the change. */
  protected changeRole(change: RoleChange): void {
    this.publications.closeForbidden();
    this.profile.announce(change);
  }

  /** Closes the media and everything else that the member has. Called once. */
  protected abstract onClose(code: Code): void;
}
