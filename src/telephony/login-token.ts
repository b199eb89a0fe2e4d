/** A login token of Telnyx: what it says about itself. */
import { AppError } from '../lib/errors.ts';

/** A JWT with which a softphone logs in to Telnyx. Times are in milliseconds since 1970-01-01 UTC. */
export interface LoginToken {
  readonly token: string;
  readonly expiresAt: number;
  /** From when on a new one is asked for. */
  readonly refreshAt: number;
}

const HOUR_MS = 3_600_000;

/**
 * Reads Telnyx's answer to a request for a token: the bare JWT as text. Older descriptions have it in JSON, which is
 * read too. Its signature is Telnyx's own affair.
 * @throws AppError `telnyx_unavailable` for what is none; the message has nothing of the answer
 */
export function readLoginToken(answer: string, now: number): LoginToken {
  const token = unwrap(answer.trim());
  const { exp, iat } = payloadOf(token);
  if (typeof exp !== 'number' || exp * 1000 <= now) {
    throw new AppError('telnyx_unavailable', 'Telnyx answered with something that is no login token');
  }
  const issuedAt = typeof iat === 'number' ? iat * 1000 : now;
  return { token, expiresAt: exp * 1000, refreshAt: refreshTime(issuedAt, exp * 1000, now) };
}

/** 23 hours after its issue or an hour before its end, whichever is first; half of what it lives, where that is over. */
function refreshTime(issuedAt: number, expiresAt: number, now: number): number {
  const due = Math.min(issuedAt + 23 * HOUR_MS, expiresAt - HOUR_MS);
  return due > now ? due : now + (expiresAt - now) / 2;
}

function unwrap(text: string): string {
  const value = parseJson(text);
  const data = typeof value === 'object' && value !== null && 'data' in value ? value.data : value;
  const token = typeof data === 'object' && data !== null && 'token' in data ? data.token : data;
  return typeof token === 'string' ? token : text;
}

/** The claims of a JWT; none where it is no JWT. */
function payloadOf(token: string): Record<string, unknown> {
  const [header, payload, signature, ...rest] = token.split('.');
  if (!header || !payload || !signature || rest.length > 0) return {};
  const value = parseJson(Buffer.from(payload, 'base64url').toString());
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
