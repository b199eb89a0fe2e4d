/** What the dialer needs of Telnyx, made of the configuration: login tokens and SIP credentials. */
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Database } from '../store/database.ts';
import { type AgentCredentials, OwnCredentials, sharedCredential } from './agent-credentials.ts';
import type { LoginToken } from './login-token.ts';
import { LoginTokens } from './login-tokens.ts';
import { type SipCredentials, type SipOptions, sipCredentials } from './sip-credentials.ts';
import { TelnyxApi } from './telnyx-api.ts';

export interface TelephonyOptions extends SipOptions {
  /** The base of Telnyx's REST API. */
  apiUrl: string;
  apiKey: string | undefined;
  /** One of these two, or none where there are no login tokens. */
  credentialId: string | undefined;
  connectionId: string | undefined;
}

export interface TelephonyParts {
  database: Database;
  logger: Logger;
  /** Whether an agent has a socket here. */
  isConnected: (userId: string) => boolean;
}

/** The agents' way to Telnyx. */
export interface Telephony {
  /** @throws AppError `telephony_off`, `telnyx_*`, `rate_limited` */
  loginToken(userId: string, options: { fresh: boolean }): Promise<LoginToken>;
  /**
   * @param expiresAt until when they are given, in milliseconds since 1970-01-01 UTC
   * @throws AppError `telephony_off`
   */
  sipCredentials(expiresAt: number): SipCredentials;
  /**
   * What softphones log in with here: tokens, where both are set up.
   * @throws AppError `telephony_off` where nothing is
   */
  wayIn(): 'token' | 'credentials';
  /** Ends what is on its way with `server_closing`. */
  close(): void;
}

export function createTelephony(options: TelephonyOptions, parts: TelephonyParts): Telephony {
  const closing = new AbortController();
  const tokens = createLoginTokens(options, parts, closing.signal);
  return {
    async loginToken(userId, { fresh }) {
      if (typeof tokens === 'string') throw noTokens(tokens);
      return tokens.get(userId, { fresh });
    },
    sipCredentials: (expiresAt) => sipCredentials(options, expiresAt),
    wayIn() {
      if (typeof tokens !== 'string') return 'token';
      if (options.username === undefined || options.password === undefined) throw noTokens(tokens);
      return 'credentials';
    },
    close: () => closing.abort(new AppError('server_closing')),
  };
}

function noTokens(missing: string): AppError {
  return new AppError('telephony_off', `there are no login tokens here: ${missing}`);
}

/** The tokens, or what is missing for them. */
function createLoginTokens(
  options: TelephonyOptions,
  parts: TelephonyParts,
  signal: AbortSignal,
): LoginTokens | string {
  const { apiUrl, apiKey, credentialId, connectionId } = options;
  if (apiKey === undefined) return 'TELNYX_API_KEY is not set';
  const api = new TelnyxApi({ url: apiUrl, apiKey, signal });
  let credentials: AgentCredentials;
  if (credentialId !== undefined) credentials = sharedCredential(credentialId);
  else if (connectionId !== undefined)
    credentials = new OwnCredentials({ ...parts, api, connectionId, signal });
  else return 'neither TELNYX_TELEPHONY_CREDENTIAL_ID nor TELNYX_WEBRTC_CONNECTION_ID is set';
  return new LoginTokens({ ...parts, credentials, createToken: (id) => api.createToken(id), signal });
}
