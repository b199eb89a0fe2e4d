/** `/api/v1/tokens`: mints, lists and revokes tokens. */
import { z } from 'zod';
import type { TokenRegister } from '../../auth/token-register.ts';
import type { TokenRecord } from '../../auth/token-table.ts';
import { AppError } from '../../lib/errors.ts';
import type { Journal } from '../../lib/journal.ts';
import { nameOf } from '../../rooms/actor.ts';
import { type ApiServer, actorOf, apiKeyOf } from './context.ts';
import { decodeCursor, encodeCursor, PageEnd, PageQuery } from './cursor.ts';
import type { Links } from './links.ts';
import { isoOf, isoOrNull, NoContent, RoomName, Timestamp, UserId } from './schemas.ts';

export interface TokenRoutesOptions {
  tokenRegister: TokenRegister;
  /** The longest life of a token. */
  tokenMaxTtlSeconds: number;
  links: Links;
  journal: Journal;
}

export const Jti = z.string().min(1).max(256).meta({ description: 'The id of a token, its claim `jti`.' });

const Token = z
  .object({
    jti: Jti,
    room: z.string(),
    user_id: z.string(),
    name: z.string().nullable(),
    user_type: z.string(),
    minted_by: z
      .string()
      .meta({ description: 'Who had it minted: `backend:<name of the key>` or `user:<id>`.' }),
    invitation: z.string().nullable().meta({ description: 'The code that became this token.' }),
    issued_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Timestamp.nullable(),
  })
  .meta({ id: 'Token', description: 'A token in the register, without its text.' });

const Place = z.object({ issuedAt: z.number(), jti: z.string() });

export function tokenRoutes(server: ApiServer, options: TokenRoutesOptions): void {
  const { tokenRegister } = options;

  server.get(
    '/api/v1/tokens',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'listTokens',
        tags: ['Tokens'],
        summary: 'List living tokens',
        description: 'The tokens that have not ended and were not revoked, the newest first.',
        querystring: z.object({
          room: RoomName.optional(),
          user_id: UserId.optional(),
          invitation: z.string().max(64).optional(),
          ...PageQuery,
        }),
        response: { 200: z.object({ tokens: z.array(Token), ...PageEnd }) },
      },
    },
    async (request) => {
      const { room, user_id: userId, invitation, limit, cursor } = request.query;
      const { roomPrefix } = apiKeyOf(request);
      const after = decodeCursor(cursor, Place);
      const tokens = tokenRegister.list({ room, userId, invitation, roomPrefix }, { after, limit });
      const last = tokens.at(-1);
      const next =
        last && tokens.length === limit ? encodeCursor({ issuedAt: last.issuedAt, jti: last.jti }) : null;
      return { tokens: tokens.map(tokenToWire), next };
    },
  );

  server.get(
    '/api/v1/tokens/:jti',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'getToken',
        tags: ['Tokens'],
        summary: 'Read a token of the register',
        params: z.object({ jti: Jti }),
        response: { 200: Token },
      },
    },
    async (request) => tokenToWire(find(request.params.jti, apiKeyOf(request).roomPrefix)),
  );

  server.delete(
    '/api/v1/tokens/:jti',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'revokeToken',
        tags: ['Tokens'],
        summary: 'Revoke a token',
        description: 'It is refused from now on, and the session that lives by it ends with `token_revoked`.',
        params: z.object({ jti: Jti }),
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const { jti, room, userId } = find(request.params.jti, apiKeyOf(request).roomPrefix);
      options.journal({
        kind: 'tokens-revoked',
        room,
        user: userId,
        actor: nameOf(actorOf(request)),
        target: jti,
      });
      await tokenRegister.revoke(jti);
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/api/v1/tokens/revoke',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'revokeTokens',
        tags: ['Tokens'],
        summary: 'Revoke the tokens of a user, a room or an invitation',
        description: 'All that are named must fit. At least one is needed.',
        body: z
          .strictObject({
            room: RoomName.exactOptional(),
            user_id: UserId.exactOptional(),
            invitation: z.string().max(64).exactOptional(),
          })
          .refine((filter) => Object.keys(filter).length > 0, 'name a room, a user_id or an invitation')
          .meta({ examples: [{ user_id: 'alice' }, { room: 'meeting', user_id: 'alice' }] }),
        response: { 200: z.object({ revoked: z.int().meta({ description: 'How many there were.' }) }) },
      },
    },
    async (request) => {
      const { room, user_id: user, invitation } = request.body;
      const { roomPrefix } = apiKeyOf(request);
      const revoked = await tokenRegister.revokeAll({ room, userId: user, invitation, roomPrefix });
      options.journal({
        kind: 'tokens-revoked',
        actor: nameOf(actorOf(request)),
        ...(room !== undefined && { room }),
        ...(user !== undefined && { user }),
        detail: { count: revoked },
      });
      return { revoked };
    },
  );

  /** A token for a room out of reach is none. */
  function find(jti: string, roomPrefix: string): TokenRecord {
    const token = tokenRegister.find(jti);
    if (!token?.room.startsWith(roomPrefix)) throw new AppError('not_found', 'there is no such token');
    return token;
  }
}

function tokenToWire(token: TokenRecord): z.input<typeof Token> {
  return {
    jti: token.jti,
    room: token.room,
    user_id: token.userId,
    name: token.name ?? null,
    user_type: token.userType,
    minted_by: token.mintedBy,
    invitation: token.invitation ?? null,
    issued_at: isoOf(token.issuedAt),
    expires_at: isoOf(token.expiresAt),
    revoked_at: isoOrNull(token.revokedAt),
  };
}
