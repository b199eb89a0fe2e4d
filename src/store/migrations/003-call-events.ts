/** Telnyx's events of calls, in the order in which they were stored. */
export const callEvents = {
  number: 3,
  up: `
    CREATE TABLE call_events (
      -- AUTOINCREMENT: a number that was swept away is not given again.
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      -- Tells deliveries of one event apart from others where their ids differ; NULL where the event has no leg.
      second_key TEXT UNIQUE,
      -- Milliseconds since 1970-01-01 UTC.
      received_at INTEGER NOT NULL,
      type TEXT NOT NULL,
      occurred_at TEXT NOT NULL,
      call_id TEXT,
      leg_id TEXT,
      connection_id TEXT,
      from_number TEXT,
      to_number TEXT,
      payload TEXT NOT NULL
    ) STRICT;
    CREATE INDEX call_events_by_call ON call_events (call_id);
    CREATE INDEX call_events_by_leg ON call_events (leg_id);
    CREATE INDEX call_events_by_time ON call_events (received_at);
    -- Has all that the search for an agent's calls reads, so that the payloads are not paged through.
    CREATE INDEX call_events_by_concern ON call_events (seq, call_id, connection_id, from_number, to_number)
  `,
};
