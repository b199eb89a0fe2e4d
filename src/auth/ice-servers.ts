/** STUN and TURN servers for browsers behind networks that let no media through. */
import { createHmac } from 'node:crypto';
import type { IceServerInfo } from '../protocol/model.ts';

export interface TurnOptions {
  urls: readonly string[];
  /** A secret that the TURN server has too, for credentials that end; or ones that stay as they are. */
  auth:
    | { readonly secret: string; readonly ttlSeconds: number }
    | { readonly username: string; readonly credential: string };
}

export interface IceServersOptions {
  stunUrls: readonly string[];
  turn: TurnOptions | undefined;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

/** Gives each user servers with credentials of its own. */
export type IceServers = (userId: string) => IceServerInfo[];

export function createIceServers({ stunUrls, turn, now = Date.now }: IceServersOptions): IceServers {
  const stun = stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : [];
  if (!turn) return () => stun;
  const { auth, urls } = turn;
  return (userId) => {
    const credentials = 'secret' in auth ? timeLimited(userId, auth, now()) : auth;
    return [...stun, { urls: [...urls], ...credentials }];
  };
}

/**
 * Credentials by the scheme of "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest-00, section 2.2),
 * as coturn's `use-auth-secret` takes them: the user name begins with the end, the password is an HMAC of it.
 */
function timeLimited(
  userId: string,
  { secret, ttlSeconds }: { secret: string; ttlSeconds: number },
  nowMs: number,
): { username: string; credential: string } {
  const username = `${Math.floor(nowMs / 1000) + ttlSeconds}:${userId}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
