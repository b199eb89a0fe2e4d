/** The Go server's protocol, as far as frames go: `{"event","data"}` in both directions, and neither ids nor errors. */
import { parse } from 'secure-json-parse';
import { AppError } from '../lib/errors.ts';
import { GoAnswer, GoFrame } from '../protocol/go.ts';
import type { Connection, Protocol } from './connection.ts';

/** What takes the messages of a client. */
export interface GoTaker {
  answered(sdp: string): void;
  chatted(text: string): void;
}

/**
 * Reads the frames of one client. Candidates are not needed (this server is ICE-lite), and unknown events are ignored, as the Go
 * server did. What is no frame closes the socket: the protocol has no way to refuse it.
 */
export function speakGo(taker: GoTaker): Protocol {
  return (connection) => ({
    read: (text) => closeOnError(connection, () => take(readFrame(text), taker)),
    // A browser has many candidates at once. Nothing else that a client sends may be dropped.
    refuse: (text) =>
      closeOnError(connection, () => {
        if (readFrame(text).event !== 'candidate') tooFast(connection);
      }),
  });
}

function take({ event, data }: GoFrame, taker: GoTaker): void {
  if (event === 'answer') taker.answered(readAnswer(data));
  else if (event === 'chat') taker.chatted(data);
}

function readFrame(text: string | undefined): GoFrame {
  const frame = GoFrame.safeParse(parseJson(text));
  if (!frame.success) throw new AppError('invalid_message');
  return frame.data;
}

function readAnswer(data: string): string {
  const answer = GoAnswer.safeParse(parseJson(data));
  if (!answer.success) throw new AppError('invalid_message');
  return answer.data.sdp;
}

function parseJson(text: string | undefined): unknown {
  try {
    return parse(text ?? '');
  } catch {
    throw new AppError('invalid_message');
  }
}

function tooFast(connection: Connection): void {
  connection.reachLimit('MESSAGES_PER_SECOND');
  connection.close('rate_limited');
}

function closeOnError(connection: Connection, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    connection.close(error.code);
  }
}
