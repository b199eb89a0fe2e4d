/** What lets a client go on with its session over another socket. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a client shows that comes back. */
export interface ResumeTicket {
  /** Whose session it is. */
  readonly peerId: string;
  readonly secret: string;
  /** The number of the last event that the client has seen. */
  readonly after: number;
}

/** 256 bits, which nobody guesses, as base64url. */
export class ResumeSecret {
  readonly text = randomBytes(32).toString('base64url');

  /** Compares in a time that says nothing of where they differ. */
  equals(given: string): boolean {
    const [ours, theirs] = [Buffer.from(this.text), Buffer.from(given)];
    return ours.length === theirs.length && timingSafeEqual(ours, theirs);
  }
}

/** Reads the subprotocol `resume.<peer id>.<secret>.<last event>`; undefined where there is none of this form. */
export function readResumeTicket(headers: IncomingHttpHeaders): ResumeTicket | undefined {
  const names = (headers['sec-websocket-protocol'] ?? '').split(',');
  for (const name of names) {
    const match = /^\s*resume\.([\w-]{1,64})\.([\w-]{1,64})\.(\d{1,15})\s*$/.exec(name);
    const [, peerId, secret, after] = match ?? [];
    if (peerId !== undefined && secret !== undefined) return { peerId, secret, after: Number(after) };
  }
  return undefined;
}
