/** The SIP credentials of a softphone that logs in with a name and a password. */
import { AppError } from '../lib/errors.ts';
import type { IceServerInfo } from '../protocol/model.ts';

/** What is set in the environment. */
export interface SipOptions {
  username: string | undefined;
  password: string | undefined;
  stunServers: readonly string[];
  turnServers: readonly IceServerInfo[];
}

/** As it goes over the wire. */
export interface SipCredentials {
  username: string;
  password: string;
  realm: string;
  sip_uri: string;
  stun_servers: readonly string[];
  turn_servers: readonly IceServerInfo[];
  /** When to ask anew, in ISO 8601. */
  expires_at: string;
}

const REALM = 'sip.telnyx.com';

/**
 * The credentials in full. They do not end by themselves: they are given until the caller's own token ends.
 * @param expiresAt in milliseconds since 1970-01-01 UTC
 * @throws AppError `telephony_off`, naming the variable that is missing
 */
export function sipCredentials(options: SipOptions, expiresAt: number): SipCredentials {
  const { username, password, stunServers, turnServers } = options;
  if (username === undefined) throw missing('TELNYX_WEBRTC_USERNAME');
  if (password === undefined) throw missing('TELNYX_WEBRTC_PASSWORD');
  return {
    username,
    password,
    realm: REALM,
    sip_uri: `sip:${username}@${REALM}`,
    stun_servers: stunServers,
    turn_servers: turnServers,
    expires_at: new Date(expiresAt).toISOString(),
  };
}

function missing(name: string): AppError {
  return new AppError('telephony_off', `there are no SIP credentials here: ${name} is not set`);
}
