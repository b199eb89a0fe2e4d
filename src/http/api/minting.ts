/** `POST /api/v1/tokens`: a token for a user of the backend. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { MintedClaims } from '../../auth/claims.ts';
import type { TokenRecord } from '../../auth/token-table.ts';
import { GRANTS } from '../../protocol/grants.ts';
import { Name } from '../../protocol/names.ts';
import { nameOf } from '../../rooms/actor.ts';
import { type ApiServer, actorOf, apiKeyOf } from './context.ts';
import type { Links } from './links.ts';
import { isoOf, RoomName, Timestamp, UserId } from './schemas.ts';
import { Jti, type TokenRoutesOptions } from './tokens.ts';

/** How long a token lives where the request does not say. */
const DEFAULT_TTL_SECONDS = 3600;

/** What is answered once, when a token is minted. */
export const MintedToken = z
  .object({
    token: z.string(),
    jti: Jti,
    expires_at: Timestamp,
    ws_url: z.string().meta({ description: 'Where a client opens its WebSocket, with the token in it.' }),
    page_url: z.string().meta({ description: 'The room page, with the token in its fragment.' }),
    room_id: z
      .string()
      .exactOptional()
      .meta({ description: 'Answered to a request of the Go server’s form.' }),
    user_name: z.string().exactOptional().meta({ description: 'The same.' }),
  })
  .meta({ id: 'MintedToken' });

/** The request of this API. */
function tokenRequest(maxTtlSeconds: number) {
  return z
    .strictObject({
      room: RoomName,
      user_id: UserId,
      name: Name.exactOptional().meta({ description: 'What the others see; the user’s id without it.' }),
      email: z.string().max(320).exactOptional(),
      user_type: Name.exactOptional().meta({
        description: 'host, presenter, guest, viewer or agent; guest without it.',
        examples: ['host'],
      }),
      grants: z
        .array(z.enum(GRANTS))
        .max(64)
        .exactOptional()
        .meta({ description: 'What the token may do, intersected with the grants of its type.' }),
      ttl: z.int().min(1).max(maxTtlSeconds).exactOptional().meta({
        description: 'The life of the token in seconds, 3600 without it. TOKEN_MAX_TTL limits it.',
      }),
    })
    .meta({
      examples: [
        { room: 'meeting', user_id: 'alice', name: 'Alice', user_type: 'host', ttl: 600 },
        { room: 'meeting', user_id: 'bob' },
      ],
    });
}

/** The request of the Go server before this one. */
const GoTokenRequest = z
  .strictObject({
    room_id: RoomName,
    user_name: UserId,
    duration: z.int().min(60).max(86_400).meta({ description: 'Seconds.' }),
  })
  .meta({
    description: 'As the Go server before this one took it.',
    examples: [{ room_id: 'meeting', user_name: 'alice', duration: 3600 }],
  });

interface Wanted {
  readonly claims: MintedClaims & { readonly room: string };
  readonly ttlSeconds: number;
  /** What is answered beside the token. */
  readonly echo: { room_id?: string; user_name?: string };
}

export function mintingRoute(server: ApiServer, options: TokenRoutesOptions): void {
  const { tokenRegister, tokenMaxTtlSeconds, links, journal } = options;
  const Request = z.union([tokenRequest(tokenMaxTtlSeconds), GoTokenRequest]);
  server.post(
    '/api/v1/tokens',
    {
      config: { right: 'tokens' },
      schema: {
        operationId: 'createToken',
        tags: ['Tokens'],
        summary: 'Mint a token',
        description:
          'With the token its bearer enters one room as one user. It is in the answer and nowhere else.',
        body: Request,
        response: { 201: MintedToken },
      },
    },
    async (request, reply) => {
      const { claims, ttlSeconds, echo } = wantedOf(request.body, tokenMaxTtlSeconds);
      apiKeyOf(request).requireRoom(claims.room);
      const mintedBy = nameOf(actorOf(request));
      const minted = await tokenRegister.mint({ claims, ttlSeconds, mintedBy });
      const { record } = minted;
      journal({
        kind: 'token-minted',
        room: record.room,
        user: record.userId,
        actor: mintedBy,
        target: record.jti,
      });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...mintedToWire(minted, links, request.raw), ...echo });
    },
  );
}

/** What is answered once of a minted token. */
export function mintedToWire(
  { token, record }: { token: string; record: TokenRecord },
  links: Links,
  request: IncomingMessage,
): z.input<typeof MintedToken> {
  return {
    token,
    jti: record.jti,
    expires_at: isoOf(record.expiresAt),
    ws_url: links.webSocket(request, token),
    page_url: links.page(request, token),
  };
}

function wantedOf(
  body: z.infer<ReturnType<typeof tokenRequest>> | z.infer<typeof GoTokenRequest>,
  maxTtlSeconds: number,
): Wanted {
  if ('room_id' in body) {
    const { room_id, user_name, duration } = body;
    return {
      claims: { room: room_id, user_id: user_name },
      ttlSeconds: Math.min(duration, maxTtlSeconds),
      echo: { room_id, user_name },
    };
  }
  const { ttl = Math.min(DEFAULT_TTL_SECONDS, maxTtlSeconds), ...claims } = body;
  return { claims, ttlSeconds: ttl, echo: {} };
}
