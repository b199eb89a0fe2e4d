import type { Logger } from '../lib/logger.ts';
import { isUserType } from './grants.ts';

/** How many unknown types are remembered: a backend with more writes something else into the claim. */
const MAX_REMEMBERED = 50;

/** Notices user types that this server does not know, whose users get the grants of guests. Logs each of them once. */
export function createUserTypeCheck(logger: Logger): (userType: string) => void {
  const unknown = new Set<string>();
  return (userType) => {
    if (isUserType(userType) || unknown.has(userType) || unknown.size >= MAX_REMEMBERED) return;
    unknown.add(userType);
    logger.warn({ userType }, 'this user type is unknown: its users may do what guests may');
    if (unknown.size === MAX_REMEMBERED) logger.warn('further unknown user types are not logged');
  };
}
