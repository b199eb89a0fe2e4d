/** Until when tokens are refused, by room and user (an empty user is the whole room), and who is banned. Times in seconds. */
export const cutOffs = {
  number: 1,
  up: `
    CREATE TABLE cut_offs (
      room TEXT NOT NULL,
      user_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (room, user_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bans (
      room TEXT NOT NULL,
      user_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (room, user_id)
    ) STRICT, WITHOUT ROWID
  `,
};
