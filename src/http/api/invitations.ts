/** `/api/v1/invitations`: codes that become tokens. */
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Invitation } from '../../auth/invitation-table.ts';
import type { Invitations } from '../../auth/invitations.ts';
import type { OriginPolicy } from '../../auth/origins.ts';
import { AppError } from '../../lib/errors.ts';
import type { Journal } from '../../lib/journal.ts';
import { GRANTS } from '../../protocol/grants.ts';
import { Name } from '../../protocol/names.ts';
import { nameOf } from '../../rooms/actor.ts';
import { shareWithOrigins } from '../cors.ts';
import { type ApiServer, actorOf, apiKeyOf } from './context.ts';
import { decodeCursor, encodeCursor, PageEnd, PageQuery } from './cursor.ts';
import type { Links } from './links.ts';
import { MintedToken, mintedToWire } from './minting.ts';
import { isoOf, isoOrNull, NoContent, RoomName, Timestamp } from './schemas.ts';

export interface InvitationRoutesOptions {
  invitations: Invitations;
  origins: OriginPolicy;
  links: Links;
  journal: Journal;
}

const YEAR_SECONDS = 366 * 86_400;
const EXCHANGE_PATH = '/api/v1/invitations/:code/exchange';

const Code = z
  .string()
  .regex(/^[\w-]{20}$/, 'must be the code of an invitation')
  .meta({ description: 'The code of an invitation.', examples: ['k3x0Zb8vQ2mN4rT6yU1w'] });
const Uses = z.int().min(1).max(1_000_000);

const InvitationSchema = z
  .object({
    code: z.string(),
    room: z.string(),
    user_type: z.string(),
    grants: z.array(z.string()).nullable(),
    token_ttl: z.int(),
    max_uses: Uses.nullable(),
    uses: z.int(),
    created_by: z.string(),
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Timestamp.nullable(),
  })
  .meta({ id: 'Invitation' });

const NewInvitation = z
  .strictObject({
    room: RoomName,
    user_type: Name.default('guest'),
    grants: z.array(z.enum(GRANTS)).max(64).exactOptional(),
    ttl: z
      .int()
      .min(1)
      .max(YEAR_SECONDS)
      .default(86_400)
      .meta({ description: 'How long the code is good, in seconds.' }),
    token_ttl: z.int().min(1).max(YEAR_SECONDS).exactOptional().meta({
      description: 'How long its tokens live, in seconds; a day without it. TOKEN_MAX_TTL limits it.',
    }),
    max_uses: Uses.exactOptional().meta({ description: 'How often it is exchanged; any number without it.' }),
  })
  .meta({
    examples: [{ room: 'meeting', user_type: 'presenter', ttl: 3600, max_uses: 1 }, { room: 'meeting' }],
  });

const Place = z.object({ createdAt: z.number(), code: z.string() });

export function invitationRoutes(server: ApiServer, { invitations, journal }: InvitationRoutesOptions): void {
  server.post(
    '/api/v1/invitations',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'createInvitation',
        tags: ['Invitations'],
        summary: 'Make an invitation',
        body: NewInvitation,
        response: { 201: InvitationSchema },
      },
    },
    async (request, reply) => {
      const { room, user_type, grants, ttl, token_ttl, max_uses } = request.body;
      apiKeyOf(request).requireRoom(room);
      const createdBy = nameOf(actorOf(request));
      const invitation = await invitations.create({
        room,
        createdBy,
        userType: user_type,
        grants,
        ttlSeconds: ttl,
        tokenTtlSeconds: token_ttl,
        maxUses: max_uses,
      });
      journal({ kind: 'invitation-created', room, actor: createdBy });
      return reply.code(201).send(invitationToWire(invitation));
    },
  );

  server.get(
    '/api/v1/invitations',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'listInvitations',
        tags: ['Invitations'],
        summary: 'List invitations',
        description: 'Those that have not ended and were not revoked, the newest first.',
        querystring: z.object({ room: RoomName.optional(), ...PageQuery }),
        response: { 200: z.object({ invitations: z.array(InvitationSchema), ...PageEnd }) },
      },
    },
    async (request) => {
      const { room, limit, cursor } = request.query;
      const { roomPrefix } = apiKeyOf(request);
      const page = invitations.list({ room, roomPrefix }, { after: decodeCursor(cursor, Place), limit });
      const last = page.at(-1);
      const next =
        last && page.length === limit ? encodeCursor({ createdAt: last.createdAt, code: last.code }) : null;
      return { invitations: page.map(invitationToWire), next };
    },
  );

  server.get(
    '/api/v1/invitations/:code',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'getInvitation',
        tags: ['Invitations'],
        summary: 'Read an invitation',
        params: z.object({ code: Code }),
        response: { 200: InvitationSchema },
      },
    },
    async (request) => invitationToWire(find(request.params.code, apiKeyOf(request).roomPrefix)),
  );

  server.delete(
    '/api/v1/invitations/:code',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'revokeInvitation',
        tags: ['Invitations'],
        summary: 'Revoke an invitation, and the tokens that it has become',
        params: z.object({ code: Code }),
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const { code, room } = find(request.params.code, apiKeyOf(request).roomPrefix);
      journal({ kind: 'invitation-revoked', room, actor: nameOf(actorOf(request)) });
      await invitations.revoke(code);
      return reply.code(204).send(null);
    },
  );

  /** An invitation to a room out of reach is none. */
  function find(code: string, roomPrefix: string): Invitation {
    const invitation = invitations.find(code);
    if (!invitation?.room.startsWith(roomPrefix))
      throw new AppError('not_found', 'there is no such invitation');
    return invitation;
  }
}

/** What guests ask, without a key: the code is all that they need. */
export function exchangeRoute({
  invitations,
  origins,
  links,
  journal,
}: InvitationRoutesOptions): FastifyPluginAsync {
  return async (plain) => {
    shareWithOrigins(plain, origins, { [EXCHANGE_PATH]: 'POST' });
    const server = plain.withTypeProvider<ZodTypeProvider>();
    server.post(
      EXCHANGE_PATH,
      {
        schema: {
          operationId: 'exchangeInvitation',
          tags: ['Invitations'],
          summary: 'Exchange an invitation for a token',
          description:
            'Needs no API key. The token is for a user with a fresh id. REQUESTS_PER_MINUTE limits it by address.',
          security: [],
          params: z.object({ code: Code }),
          body: z
            .strictObject({ name: Name.meta({ description: 'What the others see.' }) })
            .meta({ examples: [{ name: 'Alice' }] }),
          response: { 201: MintedToken },
        },
      },
      async (request, reply) => {
        origins.check(request.headers.origin, request.headers.host);
        const minted = await invitations.exchange(request.params.code, request.body.name);
        const { room, userId: user, mintedBy, jti } = minted.record;
        journal({ kind: 'invitation-used', room, user, actor: mintedBy, target: jti });
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .send(mintedToWire(minted, links, request.raw));
      },
    );
  };
}

function invitationToWire(invitation: Invitation): z.input<typeof InvitationSchema> {
  return {
    code: invitation.code,
    room: invitation.room,
    user_type: invitation.userType,
    grants: invitation.grants ? [...invitation.grants] : null,
    token_ttl: invitation.tokenTtlSeconds,
    max_uses: invitation.maxUses ?? null,
    uses: invitation.uses,
    created_by: invitation.createdBy,
    created_at: isoOf(invitation.createdAt),
    expires_at: isoOf(invitation.expiresAt),
    revoked_at: isoOrNull(invitation.revokedAt),
  };
}
