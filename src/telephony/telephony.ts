/** What the dialer needs of Telnyx, made of the configuration: login tokens and SIP credentials. */
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Database } from '../store/database.ts';
import { type AgentCredentials, OwnCredentials, sharedCredential } from './agent-credentials.ts';
import { type LoginChoice, type LoginWay, missingForTokens } from './login-choice.ts';
import type { LoginToken } from './login-token.ts';
import { LoginTokens } from './login-tokens.ts';
import { type SipCredentials, type SipOptions, sipCredentials } from './sip-credentials.ts';
import { TelnyxApi } from './telnyx-api.ts';

export interface TelephonyOptions extends SipOptions {
  login: LoginChoice;
  /** What is wrong with the variables, a sentence each. */
  faults: readonly string[];
  /** The variables of logins that are set and not used. */
  unused: readonly string[];
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
   * What softphones log in with here.
   * @throws AppError `telephony_off` with the reason where they cannot
   */
  wayIn(): LoginWay;
  /** What softphones log in with, or why they cannot: for those who watch the server. */
  readonly login: LoginChoice;
  /** Ends what is on its way with `server_closing`. */
  close(): void;
}

export function createTelephony(options: TelephonyOptions, parts: TelephonyParts): Telephony {
  const { login } = options;
  logLogin(options, parts.logger);
  const closing = new AbortController();
  const tokens = createLoginTokens(options, parts, closing.signal);
  return {
    login,
    async loginToken(userId, { fresh }) {
      assertOffered(login, 'token');
      if (!tokens) throw off('there are no login tokens here', missingForTokens(options));
      return tokens.get(userId, { fresh });
    },
    sipCredentials(expiresAt) {
      assertOffered(login, 'credentials');
      return sipCredentials(options, expiresAt);
    },
    wayIn() {
      if (login.way === 'off') throw off('softphones cannot log in here', login.reason);
      if (login.way === 'none') throw off('softphones cannot log in here', missingForTokens(options));
      return login.way;
    },
    close: () => closing.abort(new AppError('server_closing')),
  };
}

function off(what: string, reason = ''): AppError {
  return new AppError('telephony_off', `${what}: ${reason}`);
}

/** Throws where softphones cannot log in, and where `TELNYX_LOGIN` has them log in in the other way. */
function assertOffered(login: LoginChoice, way: LoginWay): void {
  if (login.way === 'off') throw off('softphones cannot log in here', login.reason);
  if (login.way === 'none' || login.way === way || login.chosenBy === 'default') return;
  throw off('softphones do not log in with this here', `TELNYX_LOGIN is ${login.way}`);
}

/** Without any of the variables there is nothing to say. */
function logLogin({ login, faults, unused }: TelephonyOptions, logger: Logger): void {
  if (login.way === 'none') return;
  if (login.way === 'off') logger.error({ reason: login.reason, faults }, 'telephony is off');
  else logger.info({ login: login.way, chosenBy: login.chosenBy, unused }, 'softphones log in to Telnyx');
}

/** Undefined where something is missing for them. */
function createLoginTokens(
  options: TelephonyOptions,
  parts: TelephonyParts,
  signal: AbortSignal,
): LoginTokens | undefined {
  const { apiUrl, apiKey, credentialId, connectionId } = options;
  if (apiKey === undefined) return undefined;
  const api = new TelnyxApi({ url: apiUrl, apiKey, signal });
  let credentials: AgentCredentials;
  if (connectionId !== undefined) credentials = new OwnCredentials({ ...parts, api, connectionId, signal });
  else if (credentialId !== undefined) credentials = sharedCredential(credentialId);
  else return undefined;
  return new LoginTokens({ ...parts, credentials, createToken: (id) => api.createToken(id), signal });
}
