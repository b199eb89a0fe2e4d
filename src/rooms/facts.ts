/** What happened in the rooms, for the audit, the metrics, webhooks and recorders. */
import type { Fact } from '../lib/journal.ts';
import type { Code } from '../protocol/codes.ts';
import type { Source } from '../protocol/grants.ts';
import type { Member } from './member.ts';

/** One life of a room, from its first visitor to its last. */
export interface RoomRef {
  /** Unique: a room that is opened again under the same name has another id. */
  readonly id: string;
  readonly name: string;
}

/** A member, as seen from outside the rooms. */
export interface MemberRef {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly userType: string;
}

/**
 * A fact is emitted in the tick in which it happens. The facts of one room come in order: `room-opened` first and
 * `room-ended` last, each `member-joined` is followed by one `member-left`, and each `published` by one `unpublished`, which
 * comes before the `member-left` of its member. A publication that a dead worker takes along is unpublished, and published again
 * once its member has new media.
 */
export type RoomFact =
  | { readonly kind: 'room-opened'; readonly room: RoomRef }
  | {
      readonly kind: 'room-ended';
      readonly room: RoomRef;
      readonly reason: Code;
      readonly durationMs: number;
    }
  | { readonly kind: 'member-joined'; readonly room: RoomRef; readonly member: MemberRef }
  | {
      readonly kind: 'member-left';
      readonly room: RoomRef;
      readonly member: MemberRef;
      readonly reason: Code;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'published' | 'unpublished';
      readonly room: RoomRef;
      readonly member: MemberRef;
      /** Undefined for a data channel. */
      readonly source: Source | undefined;
      /** The id of the producer that the room's clients know. */
      readonly id: string;
    };

export function refOf({ id, identity: { userId, name, userType } }: Member): MemberRef {
  return { id, userId, name, userType };
}

/** The journal's line of a fact. */
export function journalLine(fact: RoomFact): Fact {
  const { room } = fact;
  switch (fact.kind) {
    case 'room-opened':
      return { kind: 'room-opened', room: room.name };
    case 'room-ended': // `room-ended` is a host's act in the journal
      return {
        kind: 'room-closed',
        room: room.name,
        target: fact.reason,
        detail: { durationMs: fact.durationMs },
      };
    case 'member-joined':
      return { kind: fact.kind, ...whose(fact), detail: { peer: fact.member.id } };
    case 'member-left': {
      const { reason: target, durationMs, member } = fact;
      return { kind: fact.kind, ...whose(fact), target, detail: { peer: member.id, durationMs } };
    }
    case 'published':
    case 'unpublished': {
      const { kind, source: target = 'data', member } = fact;
      return { kind, ...whose(fact), target, detail: { peer: member.id } };
    }
  }
}

function whose({ room, member }: { room: RoomRef; member: MemberRef }): { room: string; user: string } {
  return { room: room.name, user: member.userId };
}
