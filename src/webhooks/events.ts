/** The events that backends are told, made of what happens in the rooms. */
import type { TokenRecord } from '../auth/token-table.ts';
import type { Fact } from '../lib/journal.ts';
import type { MemberRef, RoomFact, RoomRef } from '../rooms/facts.ts';

/** An event before it is queued. */
export interface WebhookEvent {
  readonly type: string;
  /** Events of one stream are delivered in order: those of one room, or of one call. */
  readonly stream: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What it tells to have begun, or to have ended, where it does. */
  readonly life?: { readonly id: string; readonly is: 'begun' | 'ended' };
}

/** The reason of events that end what a lost server left open. */
export const SERVER_LOST = 'server_lost';

/** Undefined for facts that nobody is told of: those of data channels. */
export function eventOfRoom(fact: RoomFact): WebhookEvent | undefined {
  const stream = streamOf(fact.room.name);
  const room = roomToWire(fact.room);
  switch (fact.kind) {
    case 'room-opened':
      return { type: 'room.started', stream, data: { room }, life: { id: fact.room.id, is: 'begun' } };
    case 'room-ended': {
      const data = { room, reason: fact.reason, duration_ms: fact.durationMs };
      return { type: 'room.ended', stream, data, life: { id: fact.room.id, is: 'ended' } };
    }
    case 'member-joined': {
      const data = { room, peer: peerToWire(fact.member) };
      return { type: 'peer.joined', stream, data, life: { id: fact.member.id, is: 'begun' } };
    }
    case 'member-left': {
      const { member, reason, durationMs } = fact;
      const data = { room, peer: peerToWire(member), reason, duration_ms: durationMs };
      return { type: 'peer.left', stream, data, life: { id: member.id, is: 'ended' } };
    }
    case 'published':
    case 'unpublished': {
      if (fact.source === undefined) return undefined;
      const data = { room, peer: peerToWire(fact.member), source: { id: fact.id, source: fact.source } };
      const life = {
        id: `${fact.member.id} ${fact.id}`,
        is: fact.kind === 'published' ? 'begun' : 'ended',
      } as const;
      return { type: `source.${fact.kind}`, stream, data, life };
    }
  }
}

/** The event that ends what another one told to have begun, as nobody saw how it ended. */
export function endingOf({ type, stream, data, life }: WebhookEvent): WebhookEvent | undefined {
  if (life?.is !== 'begun') return undefined;
  const ended = { id: life.id, is: 'ended' } as const;
  const unknown = { reason: SERVER_LOST, duration_ms: null };
  if (type === 'room.started')
    return { type: 'room.ended', stream, data: { ...data, ...unknown }, life: ended };
  if (type === 'peer.joined')
    return { type: 'peer.left', stream, data: { ...data, ...unknown }, life: ended };
  return { type: 'source.unpublished', stream, data, life: ended };
}

/** `peer.removed`, for the journal's lines of removals and bans; undefined for others. */
export function eventOfJournal({ kind, room, user, actor }: Fact): WebhookEvent | undefined {
  if ((kind !== 'user-removed' && kind !== 'user-banned') || room === undefined) return undefined;
  const data = { room: { name: room }, user_id: user, banned: kind === 'user-banned', by: actor };
  return { type: 'peer.removed', stream: streamOf(room), data };
}

export function eventOfToken({ jti, room, userId }: TokenRecord): WebhookEvent {
  return {
    type: 'token.revoked',
    stream: streamOf(room),
    data: { jti, room: { name: room }, user_id: userId },
  };
}

/** An event of a call, as the telephony stores it. */
export interface CallTold {
  readonly type: string;
  readonly occurredAt: string;
  readonly callId: string | null;
  readonly legId: string | null;
  readonly connectionId: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

/** Telnyx's event of a call, by its own name. */
export function eventOfCall(event: CallTold): WebhookEvent {
  const { type, callId, legId, connectionId, from, to, occurredAt } = event;
  const data = {
    call_id: callId,
    leg_id: legId,
    connection_id: connectionId,
    from,
    to,
    occurred_at: occurredAt,
  };
  return { type, stream: `call:${callId ?? legId ?? ''}`, data };
}

function streamOf(room: string): string {
  return `room:${room}`;
}

function roomToWire({ id, name }: RoomRef) {
  return { id, name };
}

function peerToWire({ id, userId, name, userType }: MemberRef) {
  return { id, user_id: userId, name, user_type: userType };
}
