/** The register of minted tokens in the database: searches and changes, each of a bounded number of rows. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** A token that this server has minted. Times in milliseconds since 1970-01-01 UTC. */
export interface TokenRecord {
  /** The claim `jti`. */
  readonly jti: string;
  /** Who had it minted: `backend:<name>` or `user:<id>`. */
  readonly mintedBy: string;
  readonly room: string;
  readonly userId: string;
  readonly name: string | undefined;
  readonly userType: string;
  /** The code of the invitation that became this token. */
  readonly invitation: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
}

/** Which tokens are meant. */
export interface TokenFilter {
  readonly room?: string | undefined;
  /** Tokens for rooms that begin with this. */
  readonly roomPrefix?: string | undefined;
  readonly userId?: string | undefined;
  readonly invitation?: string | undefined;
}

/** Where a list goes on: behind this token. */
export interface TokenPlace {
  readonly issuedAt: number;
  readonly jti: string;
}

export function insertToken(sql: DatabaseSync, token: TokenRecord): void {
  const { jti, mintedBy, room, userId, name, userType, invitation, issuedAt, expiresAt } = token;
  sql
    .prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)')
    .run(jti, mintedBy, room, userId, name ?? null, userType, invitation ?? null, issuedAt, expiresAt);
}

export function findToken(sql: DatabaseSync, jti: string): TokenRecord | undefined {
  const row = sql.prepare('SELECT * FROM tokens WHERE jti = ?').get(jti);
  return row && recordOf(row);
}

/** The tokens that have not ended and were not revoked, the newest first: those behind a place. */
export function livingTokens(
  sql: DatabaseSync,
  filter: TokenFilter,
  { now, after, limit }: { now: number; after?: TokenPlace | undefined; limit: number },
): TokenRecord[] {
  const { where, values } = conditionsOf(filter);
  const behind = after ? ['(issued_at, jti) < (?, ?)'] : [];
  const place = after ? [after.issuedAt, after.jti] : [];
  const conditions = ['expires_at > ?', 'revoked_at IS NULL', ...where, ...behind].join(' AND ');
  return sql
    .prepare(`SELECT * FROM tokens WHERE ${conditions} ORDER BY issued_at DESC, jti DESC LIMIT ?`)
    .all(now, ...values, ...place, limit)
    .map(recordOf);
}

export function markRevoked(sql: DatabaseSync, jtis: readonly string[], at: number): void {
  const update = sql.prepare('UPDATE tokens SET revoked_at = ? WHERE jti = ? AND revoked_at IS NULL');
  for (const jti of jtis) update.run(at, jti);
}

/** The revoked tokens that have not ended. */
export function revokedTokens(sql: DatabaseSync, now: number): TokenRecord[] {
  return sql
    .prepare('SELECT * FROM tokens WHERE revoked_at IS NOT NULL AND expires_at > ?')
    .all(now)
    .map(recordOf);
}

/** Deletes tokens that ended before a time, at most `count`. Returns how many. */
export function deleteEndedTokens(sql: DatabaseSync, before: number, count: number): number {
  const { changes } = sql
    .prepare('DELETE FROM tokens WHERE jti IN (SELECT jti FROM tokens WHERE expires_at < ? LIMIT ?)')
    .run(before, count);
  return Number(changes);
}

/** Without LIKE, whose wildcards a prefix may contain. SQLite counts characters as JavaScript's iterator does. */
function conditionsOf({ roomPrefix = '', room, userId, invitation }: TokenFilter) {
  const conditions = [
    { where: 'room = ?', values: [room] },
    { where: 'user_id = ?', values: [userId] },
    { where: 'invitation = ?', values: [invitation] },
    {
      where: 'substr(room, 1, length(?)) = ?',
      values: roomPrefix === '' ? [undefined] : [roomPrefix, roomPrefix],
    },
  ].map(({ where, values }) => ({ where, values: values.filter((value) => value !== undefined) }));
  const given = conditions.filter(({ values }) => values.length > 0);
  return { where: given.map(({ where }) => where), values: given.flatMap(({ values }) => values) };
}

function recordOf(row: Record<string, SQLOutputValue>): TokenRecord {
  return {
    jti: String(row.jti),
    mintedBy: String(row.minted_by),
    room: String(row.room),
    userId: String(row.user_id),
    name: row.name === null ? undefined : String(row.name),
    userType: String(row.user_type),
    invitation: row.invitation === null ? undefined : String(row.invitation),
    issuedAt: Number(row.issued_at),
    expiresAt: Number(row.expires_at),
    revokedAt: row.revoked_at === null ? undefined : Number(row.revoked_at),
  };
}
