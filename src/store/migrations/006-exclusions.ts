/**
 * Who is excluded from a room: one record for each user (an empty user is everybody), with cut-offs for all tokens and for
 * those without the grant `moderate`, and the ban. Times in seconds; -1 is never.
 */
export const exclusions = {
  number: 6,
  up: `
    CREATE TABLE exclusions (
      room TEXT NOT NULL,
      user_id TEXT NOT NULL,
      cut_off_at INTEGER NOT NULL DEFAULT -1,
      guests_cut_off_at INTEGER NOT NULL DEFAULT -1,
      banned_at INTEGER,
      ban_spares_hosts INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (room, user_id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO exclusions (room, user_id, cut_off_at) SELECT room, user_id, at FROM cut_offs;
    INSERT INTO exclusions (room, user_id, banned_at) SELECT room, user_id, at FROM bans WHERE true
      ON CONFLICT DO UPDATE SET banned_at = excluded.banned_at;
    DROP TABLE cut_offs;
    DROP TABLE bans
  `,
};
