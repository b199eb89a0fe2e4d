/** Limits how often HTTP routes are asked, by each client network and by each user. */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import { networkOf } from '../auth/addresses.ts';
import type { Identity } from '../auth/claims.ts';
import { AppError } from '../lib/errors.ts';
import type { RateLimiter } from '../lib/rate-limiter.ts';

export interface AddressLimit {
  limiter: RateLimiter;
  /** The client's IP address, which a trusted proxy may tell. */
  addressOf(request: IncomingMessage): string;
}

/** A check of who sends a request; throws the refusal. */
type Authorize = (request: IncomingMessage) => Identity;

/**
 * The same routes, of which each client network may ask so many in a minute together; more are refused with
 * `rate_limited`. CORS preflights do not count.
 */
export function limitByAddress(
  { limiter, addressOf }: AddressLimit,
  plugins: readonly FastifyPluginAsync[],
): FastifyPluginAsync {
  return async (server) => {
    // After the hooks that let pages read the refusal, and before the body is read.
    server.addHook('preParsing', async ({ method, raw }) => {
      if (method !== 'OPTIONS') take(limiter, networkOf(addressOf(raw)), 'from this address');
    });
    for (const plugin of plugins) server.register(plugin);
  };
}

/** The same check, of which each user passes so many in a minute; more are refused with `rate_limited`. */
export function limitByUser(limiter: RateLimiter, authorize: Authorize): Authorize {
  return (request) => {
    const identity = authorize(request);
    take(limiter, identity.userId, 'of this user');
    return identity;
  };
}

function take(limiter: RateLimiter, key: string, whose: string): void {
  const retryAfterMs = limiter.take(key);
  if (retryAfterMs > 0) throw new AppError('rate_limited', `too many requests ${whose}`, { retryAfterMs });
}
