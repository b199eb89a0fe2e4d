/** `Idempotency-Key`: a request that is sent again is answered as the first time, and done once. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import type { KeptAnswer, KeptAnswers } from '../../store/kept-answers.ts';
import { type ApiServer, apiKeyOf } from './context.ts';
import { seal, unseal } from './sealing.ts';

/** Printable ASCII without spaces. */
const KEY = /^[\x21-\x7e]{1,128}$/;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request with a key that is being worked on. */
interface Attempt {
  /** Of the API key and the idempotency key. */
  readonly name: string;
  readonly idempotencyKey: string;
  readonly request: string;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Answers repeated requests of this plugin. Refusals before the work has begun (rights, parameters, limits) and faults of the
 * server (5xx) are not kept: the same key may be tried again.
 */
export function answerOnce(server: ApiServer, answers: KeptAnswers): void {
  const attempts = new Map<string, Attempt>();
  const attemptOf = new WeakMap<FastifyRequest, Attempt>();

  // After the parameters and the rights were checked.
  server.addHook('preHandler', async (request, reply) => {
    const idempotencyKey = keyOf(request);
    if (idempotencyKey === undefined) return;
    const { id } = apiKeyOf(request);
    const name = `${id} ${idempotencyKey}`;
    const hash = hashOf(request);
    // The same request may be on its way: the second waits, and is answered with the answer to the first.
    for (let other = attempts.get(name); other; other = attempts.get(name)) {
      assertSame(other.request, hash);
      await other.done.promise;
    }
    const kept = answers.find(id, idempotencyKey);
    if (kept) return repeat(kept, hash, request, reply);
    const attempt = { name, idempotencyKey, request: hash, done: Promise.withResolvers<void>() };
    attempts.set(name, attempt);
    attemptOf.set(request, attempt);
    return undefined;
  });

  server.addHook('onSend', async (request, reply, payload) => {
    const attempt = attemptOf.get(request);
    if (!attempt) return payload;
    attemptOf.delete(request);
    try {
      if (isKept(reply.statusCode)) await keep(attempt, request, reply.statusCode, payload);
    } finally {
      attempts.delete(attempt.name);
      attempt.done.resolve();
    }
    return payload;
  });

  async function keep(
    attempt: Attempt,
    request: FastifyRequest,
    status: number,
    payload: unknown,
  ): Promise<void> {
    const { id, text } = apiKeyOf(request);
    const body = seal(typeof payload === 'string' ? payload : '', text);
    await answers.keep(id, attempt.idempotencyKey, { request: attempt.request, status, body });
  }
}

function keyOf({ method, headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || SAFE_METHODS.has(method)) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new AppError('invalid_params', 'Idempotency-Key: must have 1 to 128 printable ASCII characters');
}

function repeat(kept: KeptAnswer, hash: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  assertSame(kept.request, hash);
  const body = unseal(kept.body, apiKeyOf(request).text);
  if (body === undefined) {
    throw new AppError('idempotency_conflict', 'the API key was rotated since this idempotency key was used');
  }
  reply.code(kept.status).headers({ 'cache-control': 'no-store', 'idempotency-replayed': 'true' });
  if (body === '') return reply.send();
  const type = kept.status < 400 ? 'application/json' : 'application/problem+json';
  return reply
    .serializer((text: string) => text)
    .type(`${type}; charset=utf-8`)
    .send(body);
}

function assertSame(one: string, other: string): void {
  if (one !== other) throw new AppError('idempotency_conflict');
}

/** Of the method, the address and the body as it was checked. */
function hashOf({ method, url, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, url, body ?? null]))
    .digest('hex');
}

function isKept(status: number): boolean {
  return status < 500 && status !== 401 && status !== 429;
}
