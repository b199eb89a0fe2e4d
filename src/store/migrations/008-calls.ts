/** What the events of calls say, kept up to date with each event, so that reading calls reads no events. */
export const calls = {
  number: 8,
  up: `
    CREATE TABLE calls (
      id TEXT PRIMARY KEY,
      -- The number of the last event, and when it came, in milliseconds since 1970-01-01 UTC.
      last_seq INTEGER NOT NULL UNIQUE,
      heard_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX calls_by_time ON calls (heard_at);
    -- Whom a call concerns: a connection or a number.
    CREATE TABLE call_parties (
      call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
      party TEXT NOT NULL,
      -- That of the call.
      last_seq INTEGER NOT NULL,
      PRIMARY KEY (call_id, party)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX call_parties_by_seq ON call_parties (party, last_seq);
    CREATE TABLE call_legs (
      call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
      leg_id TEXT NOT NULL,
      -- JSON.
      record TEXT NOT NULL,
      PRIMARY KEY (call_id, leg_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE call_recordings (
      call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      leg_id TEXT,
      -- JSON: whom the event concerns where it has no leg, and what it says.
      parties TEXT NOT NULL,
      record TEXT NOT NULL,
      PRIMARY KEY (call_id, seq)
    ) STRICT, WITHOUT ROWID;
    DROP INDEX call_events_by_call;
    DROP INDEX call_events_by_concern
  `,
};
