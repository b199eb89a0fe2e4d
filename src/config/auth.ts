/** Who may come: the secrets of tokens, and the pages and proxies that are believed. */
import { createAddressSet } from '../auth/addresses.ts';
import type { Secret } from '../auth/keys.ts';
import { normalizeOrigin } from '../auth/origins.ts';
import { KEY } from '../auth/weak-secrets.ts';
import type { EnvReader } from '../lib/env-reader.ts';
import { isProduction } from './environment.ts';
import { checkSecret } from './secrets.ts';

export interface AuthConfig {
  /** What tokens are signed with, and accepted. */
  readonly secret: Secret;
  /** What tokens are accepted with beside it. */
  readonly previousSecrets: readonly Secret[];
  readonly tokenMaxTtlSeconds: number;
  readonly clockToleranceSeconds: number;
  /** As `normalizeOrigin` writes them; none: the same host. */
  readonly allowedOrigins: readonly string[];
  /** Addresses and networks in CIDR notation. */
  readonly trustedProxies: readonly string[];
  readonly devTokenOpen: boolean;
}

const DAY_SECONDS = 86_400;
/** What may be the id of a secret. */
const SECRET_ID = /^[\w.-]{1,64}$/;

export function readAuth(read: EnvReader): AuthConfig {
  const devTokenOpen = read.oneOf('DEV_TOKEN_OPEN', ['true', 'false'], 'false') === 'true';
  if (devTokenOpen && isProduction(read)) {
    read.fault('DEV_TOKEN_OPEN', 'must not be set in production, where nobody gets a token for the asking');
  }
  return {
    ...readSecrets(read),
    tokenMaxTtlSeconds: read.integer('TOKEN_MAX_TTL', 7 * DAY_SECONDS, 1, 366 * DAY_SECONDS),
    clockToleranceSeconds: read.integer('TOKEN_CLOCK_TOLERANCE', 5, 0, 60),
    allowedOrigins: read.list('ALLOWED_ORIGINS', 'is no origin such as https://example.com', normalizeOrigin),
    trustedProxies: read.list('TRUSTED_PROXIES', 'is neither an address nor a network', parseNetwork),
    devTokenOpen,
  };
}

function readSecrets(read: EnvReader): Pick<AuthConfig, 'secret' | 'previousSecrets'> {
  const secret = read.text('JWT_SECRET') ?? '';
  if (secret === '') {
    read.fault('JWT_SECRET', 'is empty: run "npm run setup", which puts a random one into .env, or set one');
  } else {
    checkSecret(read, 'JWT_SECRET', secret, KEY);
  }
  const id = read.text('JWT_SECRET_ID')?.trim();
  if (id !== undefined && !SECRET_ID.test(id)) {
    read.fault('JWT_SECRET_ID', 'must have 1 to 64 letters, digits, dots, hyphens and underscores');
  }
  const previousSecrets = readPrevious(read);
  const ids = [id, ...previousSecrets.map((previous) => previous.id)];
  if (new Set(ids).size < ids.length)
    read.fault('JWT_SECRET_PREVIOUS', 'has an id twice, or that of JWT_SECRET_ID');
  return { secret: { id, secret }, previousSecrets };
}

/** `id:secret`, with commas between. No fault quotes any of it. */
function readPrevious(read: EnvReader): Secret[] {
  const items = (read.text('JWT_SECRET_PREVIOUS') ?? '').split(',').map((item) => item.trim());
  return items.filter(Boolean).flatMap((item) => {
    const [, id, secret] = /^([^:]*):(.+)$/.exec(item) ?? [];
    if (id === undefined || secret === undefined || !SECRET_ID.test(id)) {
      read.fault('JWT_SECRET_PREVIOUS', 'must be a list of id:secret, with commas between');
      return [];
    }
    checkSecret(read, 'JWT_SECRET_PREVIOUS', secret, KEY);
    return [{ id, secret }];
  });
}

function parseNetwork(text: string): string | undefined {
  try {
    createAddressSet([text]);
    return text;
  } catch {
    return undefined;
  }
}
