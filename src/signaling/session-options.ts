import type { Identity } from '../auth/claims.ts';
import type { IceServers } from '../auth/ice-servers.ts';
import type { Journal } from '../lib/journal.ts';
import type { Logger } from '../lib/logger.ts';
import type { Costs } from '../rooms/costs.ts';
import type { Moderation } from '../rooms/moderation.ts';
import type { PeerLimits } from '../rooms/peer.ts';
import type { RoomInvitations } from '../rooms/room-invitations.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { EventLogLimits } from './event-log.ts';
import type { SessionLinkOptions } from './session-link.ts';

export type SessionLimits = SessionLinkOptions['limits'] & OwnLimits;

interface OwnLimits extends EventLogLimits, PeerLimits {
  joinTimeoutMs: number;
  /** Requests that may wait behind the one at work. */
  maxQueuedRequests: number;
  /** How far the clock of the one who minted a token may be off, in milliseconds. */
  tokenToleranceMs: number;
}

/** What all sessions work with. */
export interface SessionParts {
  rooms: Rooms;
  moderation: Moderation;
  costs: Costs;
  roomInvitations: RoomInvitations;
  journal: Journal;
  /** Who the bearer of a token is; throws its refusal. */
  verifyToken(token: string): Identity;
  iceServers: IceServers;
  /** The hash of the router capabilities that clients fetch beforehand. */
  capabilitiesHash: string;
  /** A request was answered after so many milliseconds: `code` is `ok`, or that of the error. */
  onAnswered(method: string, code: string, ms: number): void;
  /** A peer has joined; the server took so many milliseconds of that. */
  onJoined(ms: number): void;
  limits: SessionLimits;
  logger: Logger;
}

export interface SessionOptions extends SessionParts {
  identity: Identity;
  /** The client's IP address. */
  address: string;
  /** When its upgrade came, on the clock of `performance.now()`. */
  arrivedAt: number;
  /** Called once, when the peer has joined or the session has ended. */
  onSettled: () => void;
  /** Called once, when there is a peer, under whose id the session may be resumed. */
  onEntered: (peerId: string) => void;
}
