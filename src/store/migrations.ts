/** The steps that bring the database from empty to what this server needs. One that was released never changes. */
import { cutOffs } from './migrations/001-cut-offs.ts';
import { rooms } from './migrations/002-rooms.ts';
import { callEvents } from './migrations/003-call-events.ts';
import { telephonyCredentials } from './migrations/004-telephony-credentials.ts';
import { audit } from './migrations/005-audit.ts';
import { exclusions } from './migrations/006-exclusions.ts';
import { auditCounts } from './migrations/007-audit-counts.ts';
import { calls } from './migrations/008-calls.ts';
import { apiKeys } from './migrations/009-api-keys.ts';
import { tokens } from './migrations/010-tokens.ts';
import { roomSettings } from './migrations/011-room-settings.ts';
import { webhooks } from './migrations/012-webhooks.ts';

export interface Migration {
  /** From 1, rising. */
  readonly number: number;
  /** Statements of SQL, with semicolons between. */
  readonly up: string;
}

/** In the order of their numbers. */
export const migrations: readonly Migration[] = [
  cutOffs,
  rooms,
  callEvents,
  telephonyCredentials,
  audit,
  exclusions,
  auditCounts,
  calls,
  apiKeys,
  tokens,
  roomSettings,
  webhooks,
];
