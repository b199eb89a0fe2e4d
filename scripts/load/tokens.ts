/** Tokens of simulated peers. */
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { mintToken } from '../../src/auth/tokens.ts';

export interface Identity {
  readonly room: string;
  readonly userId: string;
  /** `guest` for those who publish, `viewer` for others. */
  readonly userType: string;
}

export type MakeToken = (identity: Identity) => Promise<string>;

const TTL_SECONDS = 3600 * 2;

/** Signs tokens with the server's secret. @param secretId the `JWT_SECRET_ID` of the server, if it has one */
export function signedTokens(secret: string, secretId?: string): MakeToken {
  return async ({ room, userId, userType }) =>
    mintToken(
      { room, user_id: userId, user_type: userType },
      { secret, ttlSeconds: TTL_SECONDS, ...(secretId && { id: secretId }) },
    ).token;
}

/** Asks a command, which finds the identity in its variables and prints a token. */
export function tokensOfCommand(command: string): MakeToken {
  return async ({ room, userId, userType }) => {
    const env = { ...process.env, ROOM: room, USER_ID: userId, USER_TYPE: userType };
    const { stdout } = await promisify(exec)(command, { env });
    return stdout.trim();
  };
}
