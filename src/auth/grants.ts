/** What each kind of user may do. */
import { AppError } from '../lib/errors.ts';
import type { Grant } from '../protocol/grants.ts';

/** The user type of a token that names none, and the grants of any type that has no row of its own. */
export const DEFAULT_USER_TYPE = 'guest';

const GUEST: readonly Grant[] = ['publish:mic', 'publish:camera', 'subscribe', 'chat', 'data'];

const grantsOfType: ReadonlyMap<string, readonly Grant[]> = new Map<string, readonly Grant[]>([
  ['host', [...GUEST, 'publish:screen', 'moderate', 'invite']],
  ['presenter', [...GUEST, 'publish:screen']],
  [DEFAULT_USER_TYPE, GUEST],
  ['viewer', ['subscribe', 'chat']],
  // At a softphone; in a room as a guest.
  ['agent', [...GUEST, 'calls']],
]);

/** Whether a user type has grants of its own. */
export function isUserType(userType: string): boolean {
  return grantsOfType.has(userType);
}

/**
 * The grants of a user type (as it is written, case and all), intersected with `narrowed` when that is given:
 * a token can take from its type and never add to it. Names in `narrowed` that are no grants count for nothing.
 */
export function grantsOf(userType: string, narrowed?: readonly string[]): ReadonlySet<Grant> {
  const grants = grantsOfType.get(userType) ?? GUEST;
  return new Set(narrowed ? grants.filter((grant) => narrowed.includes(grant)) : grants);
}

/** @throws AppError `forbidden`, which names the grant that is missing */
export function requireGrant({ grants }: { grants: ReadonlySet<Grant> }, grant: Grant): void {
  if (!grants.has(grant)) throw new AppError('forbidden', `requires the grant \`${grant}\``);
}
