/** Invitations in the database. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** A code that becomes tokens. Times in milliseconds since 1970-01-01 UTC. */
export interface Invitation {
  readonly code: string;
  /** `backend:<name>` or `user:<id>`. */
  readonly createdBy: string;
  readonly room: string;
  readonly userType: string;
  /** Undefined for all grants of the type. */
  readonly grants: readonly string[] | undefined;
  /** How long its tokens live. */
  readonly tokenTtlSeconds: number;
  /** Undefined for any number. */
  readonly maxUses: number | undefined;
  readonly uses: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
}

export interface InvitationFilter {
  readonly room?: string | undefined;
  readonly roomPrefix?: string | undefined;
}

/** Where a list goes on: behind this one. */
export interface InvitationPlace {
  readonly createdAt: number;
  readonly code: string;
}

export function insertInvitation(sql: DatabaseSync, invitation: Invitation): void {
  const { code, createdBy, room, userType, grants, tokenTtlSeconds, maxUses, uses, createdAt, expiresAt } =
    invitation;
  sql
    .prepare('INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)')
    .run(
      code,
      createdBy,
      room,
      userType,
      grants ? JSON.stringify(grants) : null,
      tokenTtlSeconds,
      maxUses ?? null,
      uses,
      createdAt,
      expiresAt,
    );
}

export function findInvitation(sql: DatabaseSync, code: string): Invitation | undefined {
  const row = sql.prepare('SELECT * FROM invitations WHERE code = ?').get(code);
  return row && invitationOf(row);
}

/** Counts one use of an invitation that is good, and returns it; undefined for any other. */
export function takeInvitation(sql: DatabaseSync, code: string, now: number): Invitation | undefined {
  const row = sql
    .prepare(
      `UPDATE invitations SET uses = uses + 1
         WHERE code = ? AND revoked_at IS NULL AND expires_at > ? AND (max_uses IS NULL OR uses < max_uses) RETURNING *`,
    )
    .get(code, now);
  return row && invitationOf(row);
}

export function markInvitationRevoked(sql: DatabaseSync, code: string, now: number): void {
  sql.prepare('UPDATE invitations SET revoked_at = ? WHERE code = ? AND revoked_at IS NULL').run(now, code);
}

/** The invitations that have not ended and were not revoked, the newest first: those behind a place. */
export function livingInvitations(
  sql: DatabaseSync,
  { room, roomPrefix = '' }: InvitationFilter,
  { now, after, limit }: { now: number; after?: InvitationPlace | undefined; limit: number },
): Invitation[] {
  const conditions = [
    { where: 'expires_at > ?', values: [now] },
    { where: 'revoked_at IS NULL', values: [] },
    ...(room === undefined ? [] : [{ where: 'room = ?', values: [room] }]),
    ...(roomPrefix === ''
      ? []
      : [{ where: 'substr(room, 1, length(?)) = ?', values: [roomPrefix, roomPrefix] }]),
    ...(after ? [{ where: '(created_at, code) < (?, ?)', values: [after.createdAt, after.code] }] : []),
  ];
  return sql
    .prepare(
      `SELECT * FROM invitations WHERE ${conditions.map(({ where }) => where).join(' AND ')}
         ORDER BY created_at DESC, code DESC LIMIT ?`,
    )
    .all(...conditions.flatMap<string | number>(({ values }) => values), limit)
    .map(invitationOf);
}

/** Deletes invitations that ended before a time, at most `count`. Returns how many. */
export function deleteEndedInvitations(sql: DatabaseSync, before: number, count: number): number {
  const { changes } = sql
    .prepare(
      'DELETE FROM invitations WHERE code IN (SELECT code FROM invitations WHERE expires_at < ? LIMIT ?)',
    )
    .run(before, count);
  return Number(changes);
}

function invitationOf(row: Record<string, SQLOutputValue>): Invitation {
  return {
    code: String(row.code),
    createdBy: String(row.created_by),
    room: String(row.room),
    userType: String(row.user_type),
    grants: row.grants === null ? undefined : JSON.parse(String(row.grants)),
    tokenTtlSeconds: Number(row.token_ttl),
    maxUses: row.max_uses === null ? undefined : Number(row.max_uses),
    uses: Number(row.uses),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    revokedAt: row.revoked_at === null ? undefined : Number(row.revoked_at),
  };
}
