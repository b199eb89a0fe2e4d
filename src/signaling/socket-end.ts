import type { WebSocket } from 'ws';
import { type Code, codes } from '../protocol/codes.ts';

/** How long a client may take to answer a close frame, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

/** Whoever does not read what it is sent would not read this either. */
const UNREAD: ReadonlySet<Code> = new Set(['too_slow', 'socket_dead']);

/**
 * Ends a socket: sends a close frame with the code's name, and cuts it off if no answer comes.
 * @param close the number in the frame; the code's own by default
 * @returns false where it was cut off at once, as nobody would read the frame
 */
export function endSocket(socket: WebSocket, code: Code, close: number = codes[code].close): boolean {
  if (UNREAD.has(code)) {
    socket.terminate();
    return false;
  }
  socket.close(close, code);
  const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  socket.once('close', () => clearTimeout(timer));
  return true;
}
