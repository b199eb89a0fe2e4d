/** Which backend sends a request, and what its key allows. */
import { AppError } from '../lib/errors.ts';
import type { Database } from '../store/database.ts';
import { type ApiKeyRecord, findApiKey, type Right } from './api-key-table.ts';

/** A key that was shown and is good. */
export class ApiKey {
  readonly id: string;
  /** As whom the audit knows the backend. */
  readonly name: string;
  readonly roomPrefix: string;
  /** What the backend showed: it encrypts what is stored for this key alone. */
  readonly text: string;
  readonly #rights: readonly Right[];

  constructor({ id, name, roomPrefix, rights }: ApiKeyRecord, text: string) {
    this.id = id;
    this.name = name;
    this.roomPrefix = roomPrefix;
    this.text = text;
    this.#rights = rights;
  }

  has(right: Right): boolean {
    return this.#rights.includes('admin') || this.#rights.includes(right);
  }

  /** Throws `forbidden`, which names the right. */
  require(right: Right): void {
    if (!this.has(right)) throw new AppError('forbidden', `the API key has no right \`${right}\``);
  }

  reaches(room: string): boolean {
    return room.startsWith(this.roomPrefix);
  }

  /** Throws `forbidden` for a room with another prefix. */
  requireRoom(room: string): void {
    if (this.reaches(room)) return;
    throw new AppError('forbidden', 'the API key is for rooms with another prefix');
  }

  /** Throws `forbidden` for a key that is not for all rooms. */
  requireAllRooms(): void {
    if (this.roomPrefix !== '')
      throw new AppError('forbidden', 'the API key is for rooms with its prefix only');
  }
}

/** Finds keys in the database at each request, so that one that was revoked is refused at once. */
export class ApiKeys {
  readonly #database: Database;
  readonly #now: () => number;

  /** @param now milliseconds since 1970-01-01 UTC; `Date.now` by default */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** The key in a header `Authorization: Bearer`. Throws `api_key_missing` and `api_key_invalid`. */
  verify(authorization: string | undefined): ApiKey {
    const text = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (text === undefined) throw new AppError('api_key_missing');
    const record = this.#database.read((sql) => findApiKey(sql, text, this.#now()));
    if (!record) throw new AppError('api_key_invalid');
    return new ApiKey(record, text);
  }
}
