import { z } from 'zod';

/** The room of a token that names none. */
export const DEFAULT_ROOM = 'default';

/** Unicode's control characters (general category Cc): no name has any. */
const CONTROL = /\p{Cc}/u;

/**
 * A name of a user or a room: 1 to 128 characters (code points), NFC, without control characters.
 * Names are brought to NFC (Unicode Standard Annex 15), so that two spellings of one name are one name.
 */
export const Name = z
  .string()
  .normalize('NFC')
  .refine((name) => name.length > 0 && name.length <= 256 && [...name].length <= 128, {
    message: 'must have 1 to 128 characters',
  })
  .refine((name) => name.isWellFormed(), { message: 'must be well-formed Unicode' })
  .refine((name) => !CONTROL.test(name), { message: 'must not have control characters' });
