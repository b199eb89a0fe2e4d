/** The API keys in the database. `npm run keys` changes them while the server reads them. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** What a key may do: `admin` includes the others. */
export const RIGHTS = ['tokens', 'read', 'moderate', 'admin'] as const;
export type Right = (typeof RIGHTS)[number];

/** A key without its secret. Times in milliseconds since 1970-01-01 UTC. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly rights: readonly Right[];
  /** The key is for rooms whose names begin with this; the empty string for all rooms. */
  readonly roomPrefix: string;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
}

export interface NewApiKey {
  readonly name: string;
  readonly rights: readonly Right[];
  readonly roomPrefix: string;
  readonly expiresAt: number | undefined;
}

/** A key as its owner shows it: the id is public, the secret has 256 random bits. */
const KEY_TEXT = /^aqk_([a-z0-9]{12})_([\w-]{43})$/;

/** Stores a new key and returns its text, which cannot be read again. Throws an error of SQLite for a name in use. */
export function createApiKey(
  sql: DatabaseSync,
  { name, rights, roomPrefix, expiresAt }: NewApiKey,
  now: number,
): string {
  const id = randomBytes(6).toString('hex');
  const secret = newSecret();
  sql
    .prepare(
      `INSERT INTO api_keys (id, name, hash, rights, room_prefix, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, name, hashOf(secret), rights.join(','), roomPrefix, now, expiresAt ?? null);
  return textOf(id, secret);
}

/**
 * Gives a key another secret and returns the new text; undefined if there is no such key, or it was revoked.
 * @param previousUntil until when the old text is accepted
 */
export function rotateApiKey(sql: DatabaseSync, id: string, previousUntil: number): string | undefined {
  const secret = newSecret();
  const { changes } = sql
    .prepare(
      `UPDATE api_keys SET previous_hash = hash, previous_until = ?, hash = ? WHERE id = ? AND revoked_at IS NULL`,
    )
    .run(previousUntil, hashOf(secret), id);
  return Number(changes) > 0 ? textOf(id, secret) : undefined;
}

/** Revokes a key for good. Returns false if there is no such key, or it was revoked before. */
export function revokeApiKey(sql: DatabaseSync, id: string, now: number): boolean {
  const { changes } = sql
    .prepare('UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
    .run(now, id);
  return Number(changes) > 0;
}

/** All keys, revoked ones too, the oldest first. */
export function listApiKeys(sql: DatabaseSync): ApiKeyRecord[] {
  return sql.prepare('SELECT * FROM api_keys ORDER BY created_at, id').all().map(recordOf);
}

/** The key that this text is; undefined for a text that is not, or no longer, the text of a key. */
export function findApiKey(sql: DatabaseSync, text: string, now: number): ApiKeyRecord | undefined {
  const [, id, secret] = KEY_TEXT.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const row = sql.prepare('SELECT * FROM api_keys WHERE id = ?').get(id);
  const accepted = row ? acceptedHashes(row, now) : [];
  // An unknown id takes as long as a wrong secret.
  const given = hashOf(secret);
  const fits = [...accepted, NO_HASH].map((hash) => isEqual(hash, given)).includes(true);
  return row && fits ? recordOf(row) : undefined;
}

const NO_HASH = '0'.repeat(64);

/** The hashes that open a key now: none if it was revoked or has expired. */
function acceptedHashes(row: Record<string, SQLOutputValue>, now: number): string[] {
  const { hash, previous_hash: previous, previous_until: until, expires_at, revoked_at } = row;
  if (revoked_at !== null || (expires_at !== null && Number(expires_at) <= now)) return [];
  return [String(hash), ...(previous !== null && Number(until) > now ? [String(previous)] : [])];
}

function recordOf(row: Record<string, SQLOutputValue>): ApiKeyRecord {
  const { id, name, rights, room_prefix, created_at, expires_at, revoked_at } = row;
  const named = String(rights).split(',');
  return {
    id: String(id),
    name: String(name),
    rights: RIGHTS.filter((right) => named.includes(right)),
    roomPrefix: String(room_prefix),
    createdAt: Number(created_at),
    expiresAt: expires_at === null ? undefined : Number(expires_at),
    revokedAt: revoked_at === null ? undefined : Number(revoked_at),
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function textOf(id: string, secret: string): string {
  return `aqk_${id}_${secret}`;
}

/** The secret is random: one round of SHA-256 is enough to store it. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
