/** Events for backends, until each receiver has them; and what was told to have begun. Times in milliseconds. */
export const webhooks = {
  number: 12,
  up: `
    CREATE TABLE webhook_events (
      -- AUTOINCREMENT: a number that was deleted is not given again.
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      -- Events of one stream, such as a room, are delivered in order.
      stream TEXT NOT NULL,
      type TEXT NOT NULL,
      at INTEGER NOT NULL,
      body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE webhook_deliveries (
      seq INTEGER NOT NULL,
      receiver TEXT NOT NULL,
      stream TEXT NOT NULL,
      -- NULL while it waits to be delivered.
      failed_at INTEGER,
      reason TEXT,
      PRIMARY KEY (seq, receiver)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (receiver, stream, seq) WHERE failed_at IS NULL;
    CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (failed_at, seq) WHERE failed_at IS NOT NULL;
    CREATE TABLE webhook_open (
      id TEXT PRIMARY KEY,
      -- In the order in which they began.
      began INTEGER NOT NULL,
      -- JSON: the event that tells of the end, where the server is lost before.
      ending TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
  `,
};
