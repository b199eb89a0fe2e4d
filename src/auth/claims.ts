/** The claims of a token, and who it says that its bearer is. */
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import type { Grant } from '../protocol/grants.ts';
import { DEFAULT_ROOM, Name } from '../protocol/names.ts';
import { DEFAULT_USER_TYPE, grantsOf } from './grants.ts';

/** Who a peer is and what it may do: all that the server takes from a token. */
export interface Identity {
  userId: string;
  /** What the others see; the user's id where the token has no name. */
  name: string;
  email?: string;
  room: string;
  userType: string;
  grants: ReadonlySet<Grant>;
  /** The claim `grants`: whatever its type becomes, it may do nothing else. */
  narrowedTo?: readonly string[];
  /** The calls whose events an agent gets; all where the token does not say. */
  calls?: { connections?: readonly string[] | undefined; numbers?: readonly string[] | undefined };
  /** Seconds since 1970-01-01 UTC, as all times in a token (RFC 7519 section 2, NumericDate). */
  issuedAt?: number;
  /** Seconds since 1970-01-01 UTC. */
  expiresAt: number;
  /** The claim `jti`. */
  tokenId?: string;
}

/** JSON's `1e999` is read as Infinity, which `z.number()` refuses. */
const NumericDate = z.number();

/** A claim that may be absent. `null`, which Go and others write for an empty pointer, is the same. */
function optional<T extends z.ZodType>(schema: T) {
  return schema
    .nullable()
    .transform((value) => value ?? undefined)
    .optional();
}

/** The empty string is the same as an absent name. */
const optionalName = optional(z.union([z.literal('').transform(() => undefined), Name]));

const CallNames = z.array(z.string().max(256)).max(64);

const Claims = z.object({
  user_id: Name,
  name: optionalName,
  /** RFC 5321 section 4.5.3.1: 64 characters, `@`, 255 characters. */
  email: optional(z.string().max(320)),
  room: optionalName,
  user_type: optionalName,
  /** What the token may do, intersected with its type's grants; names that are no grants are ignored. */
  grants: optional(z.array(z.string()).max(64)),
  /** Of an agent: ids of connections and numbers at Telnyx. */
  calls: optional(z.object({ connections: optional(CallNames), numbers: optional(CallNames) })),
  exp: NumericDate,
  iat: optional(NumericDate),
  nbf: optional(NumericDate),
  jti: optional(z.string().max(256)),
});
export type Claims = z.infer<typeof Claims>;

/** The claims that say who somebody is, for those who ask for a token in development. */
export const Subject = Claims.pick({ user_id: true, name: true, room: true, user_type: true });
export type Subject = z.infer<typeof Subject>;

/** The claims that this server puts into a token beside its times. */
export type MintedClaims = Partial<Pick<Claims, 'name' | 'email' | 'room' | 'user_type' | 'grants' | 'jti'>> &
  Pick<Claims, 'user_id'>;

/**
 * Checks the payload of a token, whose signature is known to be good.
 * @throws AppError `token_claims`, with a message that names the claim and never its value
 */
export function parseClaims(payload: unknown): Claims {
  const parsed = Claims.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [claim] = issue?.path ?? [];
  if (!issue || claim === undefined) throw new AppError('token_claims', 'the claims must be an object');
  const wrong = Object.hasOwn(payload ?? {}, claim) ? whatIsWrong(issue) : 'is missing';
  throw new AppError('token_claims', `the claim ${String(claim)} ${wrong}`);
}

/** What is wrong with a claim, without its value. */
function whatIsWrong(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type'
    ? `must be of the type ${issue.expected}`
    : `is wrong: ${issue.message}`;
}

/** Who these claims speak of, with the defaults filled in. */
export function identityOf(claims: Claims): Identity {
  const userType = claims.user_type ?? DEFAULT_USER_TYPE;
  return {
    userId: claims.user_id,
    name: claims.name ?? claims.user_id,
    room: claims.room ?? DEFAULT_ROOM,
    userType,
    grants: grantsOf(userType, claims.grants),
    expiresAt: claims.exp,
    ...(claims.grants && { narrowedTo: claims.grants }),
    ...(claims.email && { email: claims.email }),
    ...(claims.calls && { calls: claims.calls }),
    ...(claims.iat !== undefined && { issuedAt: claims.iat }),
    ...(claims.jti && { tokenId: claims.jti }),
  };
}
