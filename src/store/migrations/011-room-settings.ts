/** What backends set of a room. A limit of peers that is NULL is as the configuration says; metadata is JSON. */
export const roomSettings = {
  number: 11,
  up: `
    ALTER TABLE rooms ADD COLUMN max_peers INTEGER;
    ALTER TABLE rooms ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}'
  `,
};
