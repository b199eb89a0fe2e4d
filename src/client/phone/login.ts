/** A login token, as `POST /api/v1/telephony/token` answers. */
export interface LoginToken {
  login_token: string;
  /** When the token ends, and when to have the next one; ISO 8601. */
  expires_at: string;
  refresh_at: string;
}

/** Gets a login token. With `fresh` it must be a new one, as the last was refused. */
export type GetLoginToken = (options: { fresh: boolean }) => LoginToken | Promise<LoginToken>;

/** What a softphone logs in with: tokens that it gets as it needs them, or SIP credentials. */
export type Login = { getToken: GetLoginToken } | { username: string; password: string };

/** What the Telnyx SDK takes as a login. */
export type SdkLogin = { login_token: string } | { login: string; password: string };

/** A token is not renewed more often than this, whatever it says of itself; in milliseconds. */
const SHORTEST_MS = 1000;
/** The longest time that a timer can wait, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Milliseconds until the next token is to be asked for. */
export function renewDelay({ refresh_at }: LoginToken, now: number): number {
  const delay = Date.parse(refresh_at) - now;
  return Number.isNaN(delay) ? LONGEST_MS : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, delay));
}
