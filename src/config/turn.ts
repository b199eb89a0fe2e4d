/** STUN and TURN. */
import type { IceServersOptions, TurnOptions } from '../auth/ice-servers.ts';
import { PASSWORD, SHARED_SECRET } from '../auth/weak-secrets.ts';
import type { EnvReader } from '../lib/env-reader.ts';
import { parseStunUrl, parseTurnUrl } from '../lib/ice-url.ts';
import { checkSecret } from './secrets.ts';

export type TurnConfig = Pick<IceServersOptions, 'stunUrls' | 'turn'>;

const DAY_SECONDS = 86_400;

export function readTurn(read: EnvReader): TurnConfig {
  const stunUrls = read.list('STUN_URLS', 'is no address such as stun:stun.example.com:3478', parseStunUrl);
  const urls = read.list(
    'TURN_URLS',
    'is no address such as turn:turn.example.com:3478?transport=udp',
    parseTurnUrl,
  );
  const auth = readAuth(read);
  if (urls.length > 0 && !auth) {
    read.fault('TURN_URLS', 'needs TURN_SECRET, or TURN_USERNAME and TURN_CREDENTIAL');
  }
  return { stunUrls, turn: urls.length > 0 && auth ? { urls, auth } : undefined };
}

function readAuth(read: EnvReader): TurnOptions['auth'] | undefined {
  const secret = read.text('TURN_SECRET');
  const username = read.text('TURN_USERNAME');
  const credential = read.text('TURN_CREDENTIAL');
  checkSecret(read, 'TURN_SECRET', secret, SHARED_SECRET);
  checkSecret(read, 'TURN_CREDENTIAL', credential, PASSWORD);
  const ttlSeconds = read.integer('TURN_TTL', DAY_SECONDS, 1, 30 * DAY_SECONDS);
  if (secret !== undefined && (username ?? credential) !== undefined) {
    read.fault('TURN_SECRET', 'makes TURN_USERNAME and TURN_CREDENTIAL: set one or the others');
  }
  if (secret !== undefined) return { secret, ttlSeconds };
  if (username !== undefined && credential !== undefined) return { username, credential };
  if ((username ?? credential) !== undefined)
    read.fault('TURN_USERNAME', 'and TURN_CREDENTIAL belong together');
  return undefined;
}
