/** What the page says when something fails: what it is, and what to do. */
import { type ErrorCode, RoomError } from '../../errors.ts';
import { NeedsInvitation } from './dev-token.ts';

export const RECONNECTING = 'The connection was lost. Coming back…';
export const MEDIA_FAILED =
  'Sound and pictures do not get through, though the server is there. Trying again; another network may help.';

const AWAY = 'The server cannot be reached. Check your connection and try again.';
const FULL = 'The server has no room for you just now. Try again in a moment.';
const LINK = 'Ask whoever invited you for a new link.';

const sentences: Partial<Record<ErrorCode, string>> = {
  left: 'You left the room.',
  unreachable: AWAY,
  connection_lost: AWAY,
  server_closing: AWAY,
  unsupported: 'This browser cannot take part in calls. Use a current Chrome, Edge, Firefox or Safari.',
  token_expired: `Your invite link has ended. ${LINK}`,
  token_not_active: 'Your invite link is not valid yet. Try again later.',
  origin_not_allowed: 'The server does not take calls from this address. Ask its operator to allow it.',
  room_full: 'The room is full. Try again later.',
  node_full: FULL,
  too_many_connections: FULL,
  too_many_waiting: 'You have this page open too often without joining. Close the others and try again.',
  join_timeout: 'You waited too long to join. Join again.',
  rate_limited: 'That was too much at once. Wait a moment and try again.',
  forbidden: 'Your role does not allow this.',
};

/** One sentence for the end of a call, or for what did not work. */
export function sentenceFor(failure: unknown): string {
  if (failure instanceof NeedsInvitation) return 'You need an invite link to join. Ask whoever invited you.';
  if (!(failure instanceof RoomError)) return 'Something went wrong. Reload the page and try again.';
  const { code, message } = failure;
  if (code.startsWith('token_'))
    return sentences[code] ?? `The server did not accept your invite link: ${message}. ${LINK}`;
  return sentences[code] ?? `The server says: ${message}.`;
}

/** One sentence for a camera or a microphone that cannot be had. */
export function captureSentence(failure: unknown): string {
  const name = failure instanceof Error ? failure.name : '';
  if (name === 'InsecureContextError')
    return 'Your browser gives camera and microphone only to pages over HTTPS or on localhost. You can watch and listen.';
  if (name === 'NotAllowedError')
    return 'Camera and microphone are not allowed. Allow them in the address bar and reload; you can watch and listen.';
  if (name === 'NotFoundError') return 'No camera or microphone was found. You can watch and listen.';
  if (name === 'NotReadableError')
    return 'The camera or microphone is in use by another program. Close it and turn them on here.';
  return 'The camera or microphone did not start. You can watch and listen.';
}
