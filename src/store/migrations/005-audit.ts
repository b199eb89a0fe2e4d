/** What an operator may want to read later, oldest first. Times in milliseconds; `detail` is JSON. */
export const audit = {
  number: 5,
  up: `
    CREATE TABLE audit (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      room TEXT,
      user_id TEXT,
      actor TEXT,
      target TEXT,
      detail TEXT
    ) STRICT;
    CREATE INDEX audit_at ON audit (at);
    CREATE INDEX audit_room ON audit (room, at);
    CREATE INDEX audit_user ON audit (user_id, at)
  `,
};
