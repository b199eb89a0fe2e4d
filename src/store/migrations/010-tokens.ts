/** The tokens that this server has minted for backends, and the invitations that become tokens. Times in milliseconds. */
export const tokens = {
  number: 10,
  up: `
    CREATE TABLE tokens (
      jti TEXT PRIMARY KEY,
      -- Who had it minted, as the audit names it.
      minted_by TEXT NOT NULL,
      room TEXT NOT NULL,
      user_id TEXT NOT NULL,
      name TEXT,
      user_type TEXT NOT NULL,
      invitation TEXT,
      issued_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tokens_by_time ON tokens (issued_at, jti);
    CREATE INDEX tokens_by_room ON tokens (room, issued_at, jti);
    CREATE INDEX tokens_by_user ON tokens (user_id, issued_at, jti);
    CREATE INDEX tokens_by_invitation ON tokens (invitation, issued_at, jti) WHERE invitation IS NOT NULL;
    CREATE INDEX tokens_by_end ON tokens (expires_at);
    CREATE TABLE invitations (
      code TEXT PRIMARY KEY,
      created_by TEXT NOT NULL,
      room TEXT NOT NULL,
      user_type TEXT NOT NULL,
      -- JSON; NULL for all grants of the type.
      grants TEXT,
      -- How long the tokens live.
      token_ttl INTEGER NOT NULL,
      max_uses INTEGER,
      uses INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX invitations_by_room ON invitations (room, created_at, code);
    CREATE INDEX invitations_by_time ON invitations (created_at, code);
    CREATE INDEX invitations_by_end ON invitations (expires_at)
  `,
};
