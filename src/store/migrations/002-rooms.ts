/** What hosts have set of a room: it is kept while the room is empty. A lobby that is NULL is as the configuration says. */
export const rooms = {
  number: 2,
  up: `
    CREATE TABLE rooms (
      room TEXT PRIMARY KEY,
      locked INTEGER NOT NULL,
      lobby INTEGER
    ) STRICT, WITHOUT ROWID
  `,
};
