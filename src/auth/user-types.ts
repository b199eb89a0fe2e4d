import type { Logger } from '../lib/logger.ts';
import { isUserType } from './grants.ts';

/** The most unknown types that are remembered and logged. */
const MAX_REMEMBERED = 50;

/** Returns a function that logs each unknown user type once. Users of an unknown type get the grants of guests. */
export function createUserTypeCheck(logger: Logger): (userType: string) => void {
  const unknown = new Set<string>();
  return (userType) => {
    if (isUserType(userType) || unknown.has(userType) || unknown.size >= MAX_REMEMBERED) return;
    unknown.add(userType);
    logger.warn({ userType }, 'this user type is unknown: its users may do what guests may');
    if (unknown.size === MAX_REMEMBERED) logger.warn('further unknown user types are not logged');
  };
}
