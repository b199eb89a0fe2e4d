/** The agent's own token: of the link, or in development from the server for the asking. */
import { askJson, ServerError } from './server.ts';

interface Minted {
  token: string;
  /** ISO 8601. */
  expires_at: string;
}

/** One with less time left is not used again, in milliseconds. */
const LEFT_MS = 2 * 60_000;
/** Where the route is not, or does not give to everybody. */
const NONE_HERE: ReadonlySet<string> = new Set(['path_not_found', 'forbidden', 'method_not_allowed']);

/**
 * @param token of the link; without it the server is asked for one
 * @param name of the agent, where there is no token to say it
 * @returns what gets the token; throws ServerError, with `token_missing` where there is none to be had
 */
export function agentTokens(token: string | undefined, name: string): () => Promise<string> {
  if (token !== undefined) return async () => token;
  let last: Minted | undefined;
  return async () => {
    if (!last || Date.parse(last.expires_at) - Date.now() < LEFT_MS) last = await mint(name);
    return last.token;
  };
}

/** The same user each time: each has a credential of their own at Telnyx. */
function mint(name: string): Promise<Minted> {
  const body = JSON.stringify({ user_id: name, user_type: 'agent' });
  const headers = { 'content-type': 'application/json' };
  return askJson<Minted>('/api/v1/dev/token', { method: 'POST', headers, body }).catch((error: unknown) => {
    if (error instanceof ServerError && NONE_HERE.has(error.code)) {
      throw new ServerError('token_missing', 'a token is needed');
    }
    throw error;
  });
}
