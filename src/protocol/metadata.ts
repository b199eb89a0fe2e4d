/** What a peer says of itself, in its own words. */
import { z } from 'zod';

const MAX_BYTES = 4096;
const MAX_DEPTH = 16;

/**
 * A JSON object of at most 4,096 bytes in UTF-8 and at most 16 objects or arrays within each other, whose texts are well-formed
 * Unicode.
 */
export const Metadata = z
  .record(z.string(), z.unknown())
  .refine(isPlainJson, {
    message: `must have well-formed texts and at most ${MAX_DEPTH} levels`,
    abort: true,
  })
  .refine((value) => utf8Length(JSON.stringify(value)) <= MAX_BYTES, {
    message: `must have at most ${MAX_BYTES} bytes as JSON`,
  });
export type Metadata = Record<string, unknown>;

/**
 * Whether a JSON value has well-formed texts, finite numbers and at most 16 levels. It looks at one level after the other, because
 * what comes over the wire may be nested deeper than the stack is.
 */
export function isPlainJson(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (!level.every(isJson)) return false;
    if (depth === MAX_DEPTH && level.some(isContainer)) return false;
    level = level
      .filter(isContainer)
      .flatMap((container) => [...keysOf(container), ...Object.values(container)]);
  }
  return true;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function keysOf(container: object): string[] {
  return Array.isArray(container) ? [] : Object.keys(container);
}

/** A number that is too large for a double is read as infinite, which JSON cannot say. */
function isJson(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value !== 'number' || Number.isFinite(value);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
