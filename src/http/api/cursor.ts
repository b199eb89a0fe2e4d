/** Places in lists that are too long for one answer. */
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';

/** The most items in one answer. */
export const MAX_PAGE = 500;
/** The items in an answer where the request does not say. */
const DEFAULT_PAGE = 100;

/** The part of a query that all lists have. */
export const PageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(DEFAULT_PAGE)
    .meta({ description: 'The most items in the answer.' }),
  cursor: z
    .string()
    .max(2048)
    .optional()
    .meta({ description: 'The `next` of the answer before; without it the list begins.' }),
};

/** The part of an answer that all lists have. */
export const PageEnd = {
  next: z
    .string()
    .nullable()
    .meta({ description: 'The `cursor` of the next request; null at the end of the list.' }),
};

/** A place as a text that callers hand back as it is. */
export function encodeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * The place of a cursor; undefined without a cursor. A cursor is no secret and gives no rights: it is checked by its schema, and
 * what it selects passes the same filters as without it.
 * @throws AppError `invalid_params`
 */
export function decodeCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_params', 'cursor: must be the `next` of an answer');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
