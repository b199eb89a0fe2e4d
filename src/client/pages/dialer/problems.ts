/** What is wrong, by a code, and the sentence that says it with what to do. */
import { PhoneError } from '../../phone/phone-error.ts';
import { ServerError } from './server.ts';
import type { Texts } from './texts/texts.ts';

export interface Problem {
  code: string;
  /** What the server or Telnyx said of it. */
  message: string;
}

const MICROPHONE_CODES: ReadonlyMap<string, string> = new Map([
  ['NotAllowedError', 'microphone_denied'],
  ['NotFoundError', 'microphone_missing'],
  ['OverconstrainedError', 'microphone_missing'],
]);

export function problemOf(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof ServerError || error instanceof PhoneError;
  return { code: known ? error.code : 'unknown', message };
}

/** Why the browser gives no microphone. */
export function microphoneProblem(error: unknown): Problem {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { code: MICROPHONE_CODES.get(name) ?? 'microphone_failed', message };
}

/** One sentence that says what it is and what to do. */
export function sentenceOf({ code, message }: Problem, { problems }: Texts): string {
  if (Object.hasOwn(problems.codes, code)) return problems.codes[code]?.(message) ?? '';
  return code.startsWith('token_') ? problems.badToken(message) : problems.unknown(message);
}

/** Why a call ended, where that is worth saying. Telnyx writes its causes in both cases. */
export function causeOf(cause: string, { causes }: Texts): string | undefined {
  const key = cause.toLowerCase();
  return Object.hasOwn(causes, key) ? causes[key] : undefined;
}
