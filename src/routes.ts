/** Which HTTP routes this server has. */
import type { FastifyPluginAsync } from 'fastify';
import { createIceServers } from './auth/ice-servers.ts';
import { mintToken } from './auth/tokens.ts';
import type { Config } from './config.ts';
import {
  type Auth,
  type Base,
  type Calls,
  type Media,
  type RoomParts,
  type Store,
  socketLimits,
  type Webhooks,
} from './floors.ts';
import { apiRoutes } from './http/api/api.ts';
import { createLinks } from './http/api/links.ts';
import { healthRoute } from './http/operation/health.ts';
import { metricsRoute } from './http/operation/metrics.ts';
import { readyRoute } from './http/operation/ready.ts';
import { roomListRoute } from './http/operation/rooms.ts';
import { pageRoutes } from './http/pages/pages.ts';
import { limitByAddress, limitByUser } from './http/request-limits.ts';
import { capabilitiesRoute } from './http/rooms/capabilities.ts';
import { devTokenRoute } from './http/rooms/dev-token.ts';
import { validateRoutes } from './http/rooms/validate.ts';
import { securityHeaders } from './http/security-headers.ts';
import { callRoutes } from './http/telephony/calls.ts';
import { loginRoutes } from './http/telephony/login.ts';
import { softphoneConfigRoute } from './http/telephony/softphone-config.ts';
import { telnyxWebhookRoute } from './http/telephony/telnyx-webhook.ts';
import { whepRoutes } from './http/whip/whep.ts';
import { whipRoutes } from './http/whip/whip.ts';
import { RateLimiter } from './lib/rate-limiter.ts';
import { VERSION } from './version.ts';

/** How many sockets of rooms there are. */
interface Sockets {
  sessions: () => number;
}

export type RouteParts = Base & Store & Webhooks & Auth & Media & RoomParts & Calls & Sockets;

/** How long a token of `POST /api/v1/dev/token` lives. */
const DEV_TOKEN_TTL_SECONDS = 24 * 3600;

/** The plugins for `createHttpServer`. */
export function createRoutes(parts: RouteParts): FastifyPluginAsync[] {
  const { addressOf, config } = parts;
  const limiter = new RateLimiter({ perMinute: config.limits.requestsPerMinute });
  const ofUser = new RateLimiter({ perMinute: config.limits.userRequestsPerMinute });
  const webhooks = new RateLimiter({ perMinute: config.limits.webhooksPerMinute });
  const limited = { ...parts, authorize: limitByUser(ofUser, parts.authorize) };
  return [
    ...operationRoutes(parts),
    limitByAddress({ limiter, addressOf }, [...roomRoutes(limited), ...telephonyRoutes(limited)]),
    limitByAddress({ limiter: webhooks, addressOf }, [telnyxWebhookRoute({ ...parts, ...parts.calls })]),
    api(parts),
    pages(parts),
  ];
}

/** The backends' routes: each key has its own limit, and addresses are limited by the wrong keys that they show. */
function api(parts: RouteParts): FastifyPluginAsync {
  const { config, proxies } = parts;
  const { publicUrl } = config.server;
  return apiRoutes({
    ...parts,
    drain: (options) => parts.availability.drain(options),
    links: createLinks({ publicUrl, trustedProxies: proxies }),
    tokenMaxTtlSeconds: config.auth.tokenMaxTtlSeconds,
    keyLimiter: new RateLimiter({ perMinute: config.limits.apiRequestsPerMinute }),
    guestLimiter: new RateLimiter({ perMinute: config.limits.requestsPerMinute }),
    failureLimiter: new RateLimiter({ perMinute: config.limits.requestsPerMinute }),
  });
}

function operationRoutes(parts: RouteParts): FastifyPluginAsync[] {
  const { config, closing, database, rooms, calls, telephony, availability } = parts;
  const { errorRate, gateway, load, apiKeys } = parts;
  return [
    healthRoute({
      state: () => (closing.closing ? 'closing' : 'healthy'),
      version: VERSION,
      recent: () => errorRate,
      details: () => ({
        rooms: rooms.size,
        sessions: parts.sessions(),
        agents: gateway.agents,
        workers: load.workers,
      }),
      apiKeys,
      storage: () => database.storage,
      peers: () => rooms.peers,
      calls: calls.health,
      login: telephony.login,
    }),
    readyRoute(() => availability.readiness),
    roomListRoute(parts),
    ...(config.metrics.address ? [] : [createMetricsRoute(parts)]),
  ];
}

/** `GET /metrics`, on the server's own listener or on one for the metrics alone. */
export function createMetricsRoute({ config, metrics }: Base & Store): FastifyPluginAsync {
  const { token, address } = config.metrics;
  const withoutAddress = config.environment === 'development' ? 'local' : 'nobody';
  const withAddress = token === undefined ? 'anybody' : 'nobody';
  return metricsRoute({
    contentType: metrics.contentType,
    text: () => metrics.text(),
    token,
    trusted: address ? withAddress : withoutAddress,
  });
}

function roomRoutes(parts: RouteParts): FastifyPluginAsync[] {
  const { config, capabilities, origins } = parts;
  const routes = [capabilitiesRoute(capabilities), validateRoutes(parts), ...streams(parts)];
  // In production there is no such route.
  if (config.environment === 'development') routes.push(devTokenRoute(devToken(config), origins));
  return routes;
}

/** Encoders in, players out. */
function streams(parts: RouteParts): FastifyPluginAsync[] {
  const { config, capabilities } = parts;
  const options = {
    ...parts,
    ...capabilities,
    iceServers: createIceServers(config.turn),
    limits: socketLimits(config),
  };
  return [whipRoutes(options), whepRoutes(options)];
}

function devToken({ auth }: Config) {
  const ttlSeconds = Math.min(DEV_TOKEN_TTL_SECONDS, auth.tokenMaxTtlSeconds);
  return {
    open: auth.devTokenOpen,
    mint: (subject: Parameters<typeof mintToken>[0]) => mintToken(subject, { ...auth.secret, ttlSeconds }),
  };
}

function telephonyRoutes(parts: RouteParts): FastifyPluginAsync[] {
  const { config, calls } = parts;
  return [
    loginRoutes(parts),
    softphoneConfigRoute({ ...parts, settings: config.telephony }),
    callRoutes({ ...parts, events: calls.events }),
  ];
}

function pages({ config, folders }: RouteParts): FastifyPluginAsync {
  const { frameAncestors } = config.server;
  // The page of the softphone connects to Telnyx too.
  const telnyx = new URL(config.telephony.rtcUrl).origin;
  return pageRoutes({
    ...folders,
    headersOf: (path, scripts) =>
      securityHeaders({ frameAncestors, scripts, connect: path === '/dialer' ? [telnyx] : [] }),
    required: config.environment === 'production',
  });
}
