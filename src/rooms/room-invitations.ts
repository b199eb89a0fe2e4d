import type { Invitation } from '../auth/invitation-table.ts';
import type { Invitations } from '../auth/invitations.ts';
import { AppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { Params } from '../protocol/methods.ts';
import type { InvitationInfo } from '../protocol/model.ts';
import type { Member } from './member.ts';

/** The most invitations that a host is shown. */
const MAX_SHOWN = 100;

/** The invitations that hosts make to their own room. */
export class RoomInvitations {
  readonly #invitations: Invitations;
  readonly #journal: Journal;

  constructor(invitations: Invitations, journal: Journal) {
    this.#invitations = invitations;
    this.#journal = journal;
  }

  /** Throws `limit_reached` and `storage_unavailable`. */
  async create(
    host: Member,
    room: string,
    { userType, ttl, maxUses }: Params<'createInvitation'>,
  ): Promise<InvitationInfo> {
    const createdBy = `user:${host.identity.userId}`;
    const invitation = await this.#invitations.create({
      room,
      userType,
      createdBy,
      grants: undefined,
      ttlSeconds: ttl,
      maxUses,
    });
    this.#journal({ kind: 'invitation-created', room, actor: createdBy });
    return infoOf(invitation);
  }

  /** Those that are good, the newest first, also those of backends. */
  list(room: string): InvitationInfo[] {
    return this.#invitations.list({ room }, { limit: MAX_SHOWN }).map(infoOf);
  }

  /** Throws `not_found`, also for an invitation to another room. */
  async revoke(host: Member, room: string, code: string): Promise<void> {
    if (this.#invitations.find(code)?.room !== room) {
      throw new AppError('not_found', 'this room has no such invitation');
    }
    this.#journal({ kind: 'invitation-revoked', room, actor: `user:${host.identity.userId}` });
    await this.#invitations.revoke(code);
  }
}

function infoOf({ code, userType, uses, maxUses, expiresAt }: Invitation): InvitationInfo {
  return { code, userType, uses, expiresAt, ...(maxUses !== undefined && { maxUses }) };
}
