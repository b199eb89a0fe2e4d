import { randomUUID } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import type { EventData } from '../protocol/events.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import type { Grant } from '../protocol/grants.ts';
import type { Result } from '../protocol/methods.ts';
import type { Member } from './member.ts';
import type { Room } from './room.ts';

type Receivers = Pick<Room, 'list' | 'member' | 'tellThoseWith'>;

/**
 * Sends a line of text from one member, or from a backend where `from` is undefined, to all others who may chat, or to the one
 * with the id `to`. Throws `not_found`, and `forbidden` where that one may not chat.
 */
export function sendChat(
  room: Receivers,
  from: Member | undefined,
  text: string,
  to?: string,
): Result<'chat'> {
  const sent = { id: randomUUID(), at: Date.now() };
  const line = { ...sent, from: from?.id ?? null, text };
  const receiver = to === undefined ? undefined : receiverOf(room, to, 'chat', from);
  if (from) room.list(from);
  if (to === undefined) room.tellThoseWith('chat', 'chatReceived', line, from);
  else receiver?.tell(new OutgoingEvent('chatReceived', { ...line, to }));
  return sent;
}

/** Sends data from a backend to all who may have it, or to the one with the id `to`. Throws as `sendChat` does. */
export function sendData(
  room: Receivers,
  { to, ...message }: Pick<EventData<'dataReceived'>, 'topic' | 'data' | 'to'>,
): Result<'chat'> {
  const sent = { id: randomUUID(), at: Date.now() };
  if (to === undefined) room.tellThoseWith('data', 'dataReceived', { ...sent, ...message });
  else receiverOf(room, to, 'data').tell(new OutgoingEvent('dataReceived', { ...sent, ...message, to }));
  return sent;
}

function receiverOf(room: Receivers, id: string, grant: Grant, from?: Member): Member {
  const receiver = room.member(id);
  if (receiver === from) throw new AppError('not_found', 'there is no such peer');
  if (!receiver.may(grant)) throw new AppError('forbidden', `this peer has no grant \`${grant}\``);
  return receiver;
}
