/** The variables of webhooks: who is told what, and with which signature. */
import { createAddressSet } from '../auth/addresses.ts';
import type { EnvReader } from '../lib/env-reader.ts';
import { isProduction } from './environment.ts';

export interface WebhooksConfig {
  /** The addresses of receivers; none: nobody is told. */
  readonly urls: readonly string[];
  /** Secrets that deliveries are signed with, two while they rotate: `whsec_` and base64. */
  readonly secrets: readonly string[];
  /** Types of events that are told, with `*` at the end for all that begin so. */
  readonly events: readonly string[];
  /** Networks of receivers that are reached although they are private. */
  readonly allowedNetworks: readonly string[];
  /** How many events may wait for one receiver. */
  readonly maxWaiting: number;
}

const DEFAULT_EVENTS = ['room.*', 'peer.*', 'source.*', 'token.*'];
const MIN_SECRET_BYTES = 24;

export function readWebhooks(read: EnvReader): WebhooksConfig {
  const urls = read.list('WEBHOOK_URLS', 'is no address such as https://example.com/webhooks', parseUrl);
  const secrets = read.list(
    'WEBHOOK_SECRETS',
    `is no "whsec_" with the base64 of at least ${MIN_SECRET_BYTES} bytes behind it`,
    parseSecret,
  );
  if (urls.length > 0 && secrets.length === 0) {
    read.fault('WEBHOOK_SECRETS', 'is needed with WEBHOOK_URLS: take "whsec_$(openssl rand -base64 32)"');
  }
  if (secrets.length > 2) read.fault('WEBHOOK_SECRETS', 'must have one secret, or two while they rotate');
  if (new Set(urls).size < urls.length) read.fault('WEBHOOK_URLS', 'has an address twice');
  if (isProduction(read) && urls.some((url) => url.startsWith('http:'))) {
    read.warn('WEBHOOK_URLS', 'has an address without TLS: everybody on the way can read the events');
  }
  const events = read.list(
    'WEBHOOK_EVENTS',
    'is no type of event such as room.started or room.*',
    parseEvent,
  );
  return {
    urls,
    secrets,
    events: events.length > 0 ? events : DEFAULT_EVENTS,
    allowedNetworks: read.list(
      'WEBHOOK_ALLOWED_NETWORKS',
      'is neither an address nor a network',
      parseNetwork,
    ),
    maxWaiting: read.integer('WEBHOOK_MAX_WAITING', 1_000_000, 1, 100_000_000),
  };
}

function parseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.hash !== '') return undefined;
  return url.href;
}

function parseSecret(text: string): string | undefined {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  return encoded && Buffer.from(encoded, 'base64').length >= MIN_SECRET_BYTES ? text : undefined;
}

function parseEvent(text: string): string | undefined {
  return /^(\*|[a-z]+(\.(\*|[a-z_.]+))?)$/.test(text) ? text : undefined;
}

function parseNetwork(text: string): string | undefined {
  try {
    createAddressSet([text]);
    return text;
  } catch {
    return undefined;
  }
}
