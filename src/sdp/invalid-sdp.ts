import type { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { plainCopy } from './plain-copy.ts';

/** The error for a description that is refused. Its message goes to the client: it repeats nothing but checked tokens. */
export function invalidSdp(message: string): AppError {
  return new AppError('invalid_media', message);
}

/**
 * Checks what was read from a description by the schema for the same thing as JSON: what a client may not say there, it may
 * not say here.
 *
 * @param where what the error's message begins with
 * @throws AppError `invalid_media`
 */
export function checkAsJson<T extends z.ZodType>(schema: T, value: unknown, where: string): z.output<T> {
  const checked = schema.safeParse(plainCopy(value));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const path = issue?.path.filter((step) => /^\w{1,20}$/.test(String(step))).join('.');
  throw invalidSdp(`${where}: ${path}: ${issue?.message}`);
}
