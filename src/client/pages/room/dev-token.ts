import { RoomError } from '../../errors.ts';
import type { GetToken } from '../../tokens.ts';
import type { Invitation } from './address.ts';

/** The server gives no tokens to those who have none. */
export class NeedsInvitation extends Error {}

interface Minted {
  token: string;
  /** Milliseconds since 1970-01-01 UTC. */
  expiresAt: number;
}

/** A token with less time left is not used again, in milliseconds: a room asks for another a minute before the end. */
const LEFT_MS = 2 * 60_000;

/** Tokens of one user, each kept for when the connection comes back. The function throws as `requestToken` does. */
export function devTokens(invitation: Invitation): GetToken {
  const user = `${invitation.name.slice(0, 100)}-${Math.random().toString(36).slice(2, 10)}`;
  let last: Minted | undefined;
  return async () => {
    if (!last || last.expiresAt - Date.now() < LEFT_MS) last = await requestToken(invitation, user);
    return last.token;
  };
}

/**
 * Asks the server for a token, which it gives in development alone.
 * @throws NeedsInvitation, RoomError
 */
async function requestToken({ room, name, userType }: Invitation, user: string): Promise<Minted> {
  let response: Response;
  try {
    response = await fetch('/api/v1/dev/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: user, room, user_type: userType, name }),
    });
  } catch (error) {
    throw new RoomError('unreachable', undefined, { cause: error });
  }
  const body: { token?: string; expires_at?: string; error?: { message?: string } } = await response
    .json()
    .catch(() => ({}));
  if (body.token !== undefined) return { token: body.token, expiresAt: Date.parse(body.expires_at ?? '') };
  if ([401, 403, 404, 405].includes(response.status)) throw new NeedsInvitation();
  if (response.status === 400) throw new RoomError('invalid_params', body.error?.message);
  throw new RoomError('unreachable', `the server answers with status ${response.status}`);
}
