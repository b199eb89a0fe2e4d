import type { Reach } from '../auth/cut-offs.ts';
import { AppError } from '../lib/errors.ts';
import type { Member } from './member.ts';

/** Who does something to a room. That a peer may moderate at all is its grant, and was asked before. */
export type Actor =
  | { readonly kind: 'peer'; readonly peer: Member }
  | { readonly kind: 'backend'; readonly name: string }
  | { readonly kind: 'operator' };

/** Throws `forbidden`: what a token made a host no host takes away. Backends and the operator reach everybody. */
export function assertWithinReach(actor: Actor, members: readonly Member[]): void {
  if (actor.kind !== 'peer') return;
  if (members.some(({ claims }) => claims.grants.has('moderate'))) {
    throw new AppError('forbidden', 'this is a host by their own token');
  }
}

/** Whom an exclusion reaches: a host's spares those whose token makes them host, also where they are absent. */
export function reachOf(actor: Actor): Reach {
  return { sparesHosts: actor.kind === 'peer' };
}

/** Whom the others see as the one who did it. */
export function peerIdOf(actor: Actor): string | null {
  return actor.kind === 'peer' ? actor.peer.id : null;
}

/** As whom the audit knows it. */
export function nameOf(actor: Actor): string {
  if (actor.kind === 'peer') return `user:${actor.peer.identity.userId}`;
  return actor.kind === 'backend' ? `backend:${actor.name}` : 'operator';
}
