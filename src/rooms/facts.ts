import type { Code } from '../protocol/codes.ts';
import type { Source } from '../protocol/grants.ts';
import type { Member } from './member.ts';

/** A member, as those outside of the rooms know it. */
export interface MemberRef {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly userType: string;
}

/** What happened in the rooms, for metrics, the audit, webhooks and recorders. Facts of one room come in their order. */
export type RoomFact =
  | { readonly kind: 'room-opened'; readonly room: string }
  | {
      readonly kind: 'room-ended';
      readonly room: string;
      readonly reason: Code;
      readonly durationMs: number;
    }
  | { readonly kind: 'member-joined'; readonly room: string; readonly member: MemberRef }
  | {
      readonly kind: 'member-left';
      readonly room: string;
      readonly member: MemberRef;
      readonly reason: Code;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'published' | 'unpublished';
      readonly room: string;
      readonly member: MemberRef;
      /** Undefined for a data channel. */
      readonly source: Source | undefined;
      /** The id of the producer, as the room's clients know it. */
      readonly id: string;
    };

export function refOf({ id, identity: { userId, name, userType } }: Member): MemberRef {
  return { id, userId, name, userType };
}
