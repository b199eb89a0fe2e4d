/** How many members a room takes, of all, of one user and of one address. */
import { AppError } from '../lib/errors.ts';
import type { Member } from './member.ts';

export interface RoomLimits {
  maxPeersPerRoom: number;
  maxPeersPerUser: number;
  /** 0 for any number: many people may share one address. */
  maxPeersPerAddress: number;
  /** What happens when a user joins who is in the room already. */
  duplicateUser: 'allow' | 'replace' | 'reject';
  /** In rooms with more members than this, those who only watch are told to the others as a number. */
  watchersListedUpTo: number;
}

/** Places beyond `maxPeersPerRoom`, so that a full room never keeps its hosts out. */
const HOST_PLACES = 2;

/**
 * Checks that a newcomer may join these members. Returns those that have to leave for it.
 * Throws `duplicate_user`, `too_many_peers` and `room_full`.
 */
export function assertSpace(
  members: readonly Member[],
  newcomer: Member,
  limits: RoomLimits,
): readonly Member[] {
  const ofUser = members.filter(({ identity }) => identity.userId === newcomer.identity.userId);
  const replaced = membersToReplace(ofUser, limits);
  const staying = members.length - replaced.length;
  if (ofUser.length - replaced.length >= limits.maxPeersPerUser) throw new AppError('too_many_peers');
  const { maxPeersPerAddress: maxPerAddress } = limits;
  if (maxPerAddress > 0) {
    const ofAddress = members.filter(({ address }) => address === newcomer.address);
    const leaving = ofAddress.filter((member) => replaced.includes(member)).length;
    if (ofAddress.length - leaving >= maxPerAddress) throw new AppError('too_many_peers');
  }
  const places = limits.maxPeersPerRoom + (newcomer.may('moderate') ? HOST_PLACES : 0);
  if (staying >= places) throw new AppError('room_full');
  return replaced;
}

/** A member that is reconnecting never keeps its own user out. */
function membersToReplace(ofUser: readonly Member[], { duplicateUser }: RoomLimits): readonly Member[] {
  if (duplicateUser === 'allow') return [];
  const isConnected = ofUser.some(({ isReconnecting }) => !isReconnecting);
  if (duplicateUser === 'reject' && isConnected) throw new AppError('duplicate_user');
  return ofUser;
}
