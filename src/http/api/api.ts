/** The API for backends, under `/api/v1`. */
import type { FastifyPluginAsync } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { KeptAnswers } from '../../store/kept-answers.ts';
import { answerProblems } from '../problems.ts';
import { describeApi } from './description.ts';
import { answerOnce } from './idempotency.ts';
import { type KeyCheckOptions, requireApiKey } from './key-check.ts';
import { mintingRoute } from './minting.ts';
import { type TokenRoutesOptions, tokenRoutes } from './tokens.ts';

export interface ApiOptions extends KeyCheckOptions, TokenRoutesOptions {
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
    server.register(async (child) => {
      const keyed = child.withTypeProvider<ZodTypeProvider>();
      requireApiKey(keyed, options);
      answerOnce(keyed, options.keptAnswers);
      mintingRoute(keyed, options);
      tokenRoutes(keyed, options);
    });
  };
}
