/**
 * The keys with which backends use the API, and what was answered to their requests that have an idempotency key. Times in
 * milliseconds.
 */
export const apiKeys = {
  number: 9,
  up: `
    CREATE TABLE api_keys (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      -- SHA-256 of the secret, in hex.
      hash TEXT NOT NULL,
      -- The hash before the last rotation, and until when it is accepted.
      previous_hash TEXT,
      previous_until INTEGER,
      -- With commas between.
      rights TEXT NOT NULL,
      room_prefix TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    -- The names of keys that are in use are unique.
    CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name) WHERE revoked_at IS NULL;
    CREATE TABLE kept_answers (
      api_key TEXT NOT NULL,
      idempotency_key TEXT NOT NULL,
      -- SHA-256 of method, address and body, in hex.
      request TEXT NOT NULL,
      status INTEGER NOT NULL,
      -- Encrypted with the secret of the API key, as it may contain a token.
      body BLOB NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (api_key, idempotency_key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX kept_answers_by_time ON kept_answers (at)
  `,
};
