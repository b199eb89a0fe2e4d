import { parse } from 'secure-json-parse';
import { AppError } from '../lib/errors.ts';
import { RequestFrame } from '../protocol/frames.ts';

/** What could not be read as a request, with its id where that could. */
export interface Unreadable {
  id: number | null;
  error: AppError;
}

/**
 * Reads one text frame as a request; `undefined` stands for a binary one. Of a key that comes twice the last one
 * counts, as in `JSON.parse`; `__proto__` and `constructor.prototype` as keys are refused.
 */
export function parseRequest(text: string | undefined): RequestFrame | Unreadable {
  if (text === undefined) return unreadable(null, 'binary frames are not spoken here');
  let message: unknown;
  try {
    message = parse(text);
  } catch {
    return unreadable(null, 'the message is not JSON, or has a forbidden key');
  }
  const frame = RequestFrame.safeParse(message);
  if (frame.success) return frame.data;
  const issue = frame.error.issues[0];
  return unreadable(idOf(message), `${issue?.path.join('.') || 'the message'}: ${issue?.message}`);
}

function unreadable(id: number | null, message: string): Unreadable {
  return { id, error: new AppError('invalid_message', message) };
}

/** The id of a message that is otherwise no request, so that the client learns which one it was. */
function idOf(message: unknown): number | null {
  if (typeof message !== 'object' || message === null || !('id' in message)) return null;
  const id = RequestFrame.shape.id.safeParse(message.id);
  return id.success ? id.data : null;
}
