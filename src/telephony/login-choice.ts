/** What softphones log in to Telnyx with: login tokens or SIP credentials, by the variables that are set. */

export type LoginWay = 'token' | 'credentials';

export type LoginChoice =
  /** None of the variables is set. */
  | { readonly way: 'none' }
  /** What is set does not do. `reason` names variables, and has none of their values. */
  | { readonly way: 'off'; readonly reason: string }
  /** The other way is not offered where `TELNYX_LOGIN` has chosen this one. */
  | { readonly way: LoginWay; readonly chosenBy: 'TELNYX_LOGIN' | 'default' };

/** The values of the variables; undefined where one is not set. */
export interface LoginVariables {
  apiKey: string | undefined;
  credentialId: string | undefined;
  connectionId: string | undefined;
  username: string | undefined;
  password: string | undefined;
}

/**
 * The way that `TELNYX_LOGIN` names. Without it, tokens where all is set for them, and otherwise SIP credentials.
 * @param wanted what `TELNYX_LOGIN` says
 */
export function chooseLogin(variables: LoginVariables, wanted?: LoginWay): LoginChoice {
  const missing = { token: missingForTokens(variables), credentials: missingForCredentials(variables) };
  if (wanted !== undefined) {
    const reason = missing[wanted];
    if (reason === undefined) return { way: wanted, chosenBy: 'TELNYX_LOGIN' };
    return { way: 'off', reason: `TELNYX_LOGIN is ${wanted}, and ${reason}` };
  }
  if (missing.token === undefined) return { way: 'token', chosenBy: 'default' };
  if (missing.credentials === undefined) return { way: 'credentials', chosenBy: 'default' };
  const { apiKey, credentialId, connectionId, username, password } = variables;
  if (apiKey ?? credentialId ?? connectionId) return { way: 'off', reason: missing.token };
  return (username ?? password) ? { way: 'off', reason: missing.credentials } : { way: 'none' };
}

/** What is missing for login tokens; undefined where all is there. */
export function missingForTokens({ apiKey, credentialId, connectionId }: LoginVariables): string | undefined {
  if (apiKey === undefined) return 'TELNYX_API_KEY is not set';
  if ((connectionId ?? credentialId) !== undefined) return undefined;
  return 'neither TELNYX_WEBRTC_CONNECTION_ID nor TELNYX_TELEPHONY_CREDENTIAL_ID is set';
}

/** What is missing for SIP credentials; undefined where all is there. */
function missingForCredentials({ username, password }: LoginVariables): string | undefined {
  if (username === undefined) return 'TELNYX_WEBRTC_USERNAME is not set';
  return password === undefined ? 'TELNYX_WEBRTC_PASSWORD is not set' : undefined;
}
