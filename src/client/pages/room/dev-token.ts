import { RoomError } from '../../errors.ts';
import type { Invitation } from './address.ts';

/** The server gives no tokens to those who have none. */
export class NeedsInvitation extends Error {}

/**
 * Asks the server for a token, which it gives in development alone.
 * @throws NeedsInvitation, RoomError
 */
export async function requestToken({ room, name, userType }: Invitation): Promise<string> {
  const user = `${name.slice(0, 100)}-${Math.random().toString(36).slice(2, 10)}`;
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
  const body: { token?: string; error?: { message?: string } } = await response.json().catch(() => ({}));
  if (body.token !== undefined) return body.token;
  if ([401, 403, 404, 405].includes(response.status)) throw new NeedsInvitation();
  if (response.status === 400) throw new RoomError('invalid_params', body.error?.message);
  throw new RoomError('unreachable', `the server answers with status ${response.status}`);
}
