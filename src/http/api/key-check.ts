/** Who may use the API: a key with the right of the route, for rooms with its prefix, not too often. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { networkOf } from '../../auth/addresses.ts';
import type { ApiKey, ApiKeys } from '../../auth/api-keys.ts';
import { AppError } from '../../lib/errors.ts';
import type { Journal } from '../../lib/journal.ts';
import type { RateLimiter } from '../../lib/rate-limiter.ts';
import { API_KEY, type ApiServer, apiKeyOf } from './context.ts';

export interface KeyCheckOptions {
  apiKeys: ApiKeys;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
  /** How often each key may be used. */
  keyLimiter: RateLimiter;
  /** How often each client network may show a wrong key. */
  failureLimiter: RateLimiter;
  journal: Journal;
}

/** Has the routes of this plugin ask for a key. To be called before any route is registered. */
export function requireApiKey(server: ApiServer, options: KeyCheckOptions): void {
  server.decorateRequest<ApiKey | null>(API_KEY, null);
  server.addHook('onRoute', ({ url, method, config }) => {
    if (!config?.right && method !== 'HEAD') throw new Error(`${String(method)} ${url} names no right`);
  });
  // Before the body is read.
  server.addHook('onRequest', async (request) => {
    const key = verify(request, options);
    const { right } = request.routeOptions.config;
    if (right) key.require(right);
    const retryAfterMs = options.keyLimiter.take(key.id);
    if (retryAfterMs > 0)
      throw new AppError('rate_limited', 'too many requests of this key', { retryAfterMs });
    request.setDecorator(API_KEY, key);
  });
  // After the parameters were checked, and names brought to NFC: the one place that looks at rooms in addresses.
  server.addHook('preHandler', async (request) => {
    const room = roomOf(request.params);
    if (room !== undefined) apiKeyOf(request).requireRoom(room);
  });
}

function verify({ raw, headers }: FastifyRequest, options: KeyCheckOptions): ApiKey {
  try {
    return options.apiKeys.verify(headers.authorization);
  } catch (error) {
    const address = options.addressOf(raw);
    const retryAfterMs = options.failureLimiter.take(networkOf(address));
    if (retryAfterMs > 0) {
      throw new AppError('rate_limited', 'too many wrong keys from this address', { retryAfterMs });
    }
    options.journal({ kind: 'api-key-refused', detail: { address } });
    throw error;
  }
}

function roomOf(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !('room' in params)) return undefined;
  return String(params.room);
}
