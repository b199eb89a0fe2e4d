/** Schemas that several routes of the API use. */
import { z } from 'zod';
import { codes } from '../../protocol/codes.ts';
import { Metadata } from '../../protocol/metadata.ts';
import { Reference } from '../../protocol/model.ts';
import { Name } from '../../protocol/names.ts';

export const RoomName = Name.meta({
  description: 'The name of a room, 1 to 128 characters.',
  examples: ['meeting'],
});
export const UserId = Name.meta({
  description: 'The id of a user, 1 to 128 characters.',
  examples: ['alice'],
});
export const PeerId = Reference.meta({
  description: 'The id of a peer: one session of one user in one room.',
  examples: ['7c0a9d6e-31b6-4f36-9a39-0c4ab0a9c1de'],
});

export const Timestamp = z.iso
  .datetime()
  .meta({ description: 'ISO 8601, UTC.', examples: ['2026-01-31T12:00:00.000Z'] });

export const RoomMetadata = Metadata.meta({
  description: 'A JSON object of at most 4,096 bytes and 16 levels.',
});

const Code = z.enum(Object.keys(codes) as [keyof typeof codes]);

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, in English.' }),
    code: Code.meta({ description: 'A stable code, the same as on the WebSocket.' }),
  })
  .meta({ id: 'Problem', description: 'A refusal (RFC 9457).' });

/** The answer to an act that has nothing to tell. */
export const NoContent = z.null().meta({ description: 'Done.' });

/** Milliseconds since 1970-01-01 UTC as a timestamp. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same, of a time that may be unknown. */
export function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : isoOf(ms);
}
