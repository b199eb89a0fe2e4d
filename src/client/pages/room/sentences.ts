/** Which sentence the page says when something fails: what it is, and what to do. */
import { RoomError } from '../../errors.ts';
import type { OwnKind } from './capture.ts';
import { NeedsInvitation } from './dev-token.ts';
import type { Texts } from './texts/texts.ts';

/** One sentence for the end of a call, or for what did not work. */
export function sentenceFor(failure: unknown, { codes, trouble }: Texts): string {
  if (failure instanceof NeedsInvitation) return trouble.noInvitation;
  if (!(failure instanceof RoomError)) return trouble.unknown;
  const { code, message } = failure;
  const sentence = Object.hasOwn(codes, code) ? codes[code] : undefined;
  if (sentence !== undefined) return sentence;
  return code.startsWith('token_') ? trouble.badLink(message) : trouble.serverSays(message);
}

/** Whether the same link may work when it is tried again. */
export function mayJoinAgain(failure: unknown): boolean {
  if (!(failure instanceof RoomError)) return !(failure instanceof NeedsInvitation);
  return !/^(token_(?!not_active)|banned$|unsupported$|origin_)/.test(failure.code);
}

const REASONS = {
  NotAllowedError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
} as const;

/** One sentence for a camera and a microphone that cannot be had; undefined if nothing failed. */
export function captureSentence(
  failures: ReadonlyMap<OwnKind, unknown>,
  { trouble }: Texts,
): string | undefined {
  const [first, second] = [...failures].map(([kind, failure]) => ({ kind, reason: reasonOf(failure) }));
  if (!first) return undefined;
  if (first.reason === 'insecure') return trouble.insecure;
  if (second?.reason === first.reason) return trouble[first.reason].both;
  return trouble[first.reason][first.kind];
}

function reasonOf(failure: unknown): 'insecure' | 'denied' | 'missing' | 'busy' | 'noStart' {
  const name = failure instanceof Error ? failure.name : '';
  if (name === 'InsecureContextError') return 'insecure';
  return Object.hasOwn(REASONS, name) ? REASONS[name as keyof typeof REASONS] : 'noStart';
}
