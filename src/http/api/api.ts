/** The API for backends, under `/api/v1`. */
import type { FastifyPluginAsync } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RateLimiter } from '../../lib/rate-limiter.ts';
import type { KeptAnswers } from '../../store/kept-answers.ts';
import { answerProblems } from '../problems.ts';
import { limitByAddress } from '../request-limits.ts';
import { actRoutes } from './acts.ts';
import { type AuditRoutesOptions, auditRoutes } from './audit.ts';
import { banRoutes } from './bans.ts';
import { type CallListOptions, callListRoute } from './calls.ts';
import { describeApi } from './description.ts';
import { docsPage } from './docs-page.ts';
import { type DrainOptions, drainRoute } from './drain.ts';
import { answerOnce } from './idempotency.ts';
import { exchangeRoute, type InvitationRoutesOptions, invitationRoutes } from './invitations.ts';
import { type KeyCheckOptions, requireApiKey } from './key-check.ts';
import { lobbyRoutes } from './lobby.ts';
import { messageRoutes } from './messages.ts';
import { mintingRoute } from './minting.ts';
import { peerRoutes } from './peers.ts';
import { type RoomRoutesOptions, roomRoutes } from './rooms.ts';
import { type TokenRoutesOptions, tokenRoutes } from './tokens.ts';
import { type WebhookRoutesOptions, webhookRoutes } from './webhooks.ts';

export interface ApiOptions
  extends KeyCheckOptions,
    TokenRoutesOptions,
    RoomRoutesOptions,
    AuditRoutesOptions,
    CallListOptions,
    DrainOptions,
    WebhookRoutesOptions,
    InvitationRoutesOptions {
  /** How often each client network may exchange invitations. */
  guestLimiter: RateLimiter;
  keptAnswers: KeptAnswers;
}

/** All routes, and their description. */
export function apiRoutes(options: ApiOptions): FastifyPluginAsync {
  return async (plain) => {
    const server = plain.withTypeProvider<ZodTypeProvider>();
    server.setValidatorCompiler(validatorCompiler);
    server.setSerializerCompiler(serializerCompiler);
    answerProblems(server);
    await describeApi(server);
    docsPage(plain);
    const { guestLimiter: limiter, addressOf } = options;
    server.register(limitByAddress({ limiter, addressOf }, [exchangeRoute(options)]));
    server.register(async (child) => {
      const keyed = child.withTypeProvider<ZodTypeProvider>();
      requireApiKey(keyed, options);
      answerOnce(keyed, options.keptAnswers);
      mintingRoute(keyed, options);
      tokenRoutes(keyed, options);
      roomRoutes(keyed, options);
      peerRoutes(keyed, options);
      actRoutes(keyed, options);
      banRoutes(keyed, options);
      lobbyRoutes(keyed, options);
      messageRoutes(keyed, options);
      auditRoutes(keyed, options);
      callListRoute(keyed, options);
      drainRoute(keyed, options);
      webhookRoutes(keyed, options);
      invitationRoutes(keyed, options);
    });
  };
}
