import { randomUUID } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import type { Result } from '../protocol/methods.ts';
import type { Member } from './member.ts';
import type { Room } from './room.ts';

/**
 * Sends a line of text from one member to all others who may chat, or to the one with the id `to`.
 * Throws `not_found`, and `forbidden` where that one may not chat.
 */
export function sendChat(
  room: Pick<Room, 'member' | 'tellThoseWith'>,
  from: Member,
  text: string,
  to?: string,
): Result<'chat'> {
  const sent = { id: randomUUID(), at: Date.now() };
  const line = { ...sent, from: from.id, text };
  if (to === undefined) {
    room.tellThoseWith('chat', 'chatReceived', line, from);
    return sent;
  }
  const receiver = room.member(to);
  if (receiver === from) throw new AppError('not_found', 'there is no such peer');
  if (!receiver.may('chat')) throw new AppError('forbidden', 'this peer may not chat');
  receiver.tell(new OutgoingEvent('chatReceived', { ...line, to }));
  return sent;
}
