/** How many lines the audit has of each kind, and an index that finds the oldest of a kind. */
export const auditCounts = {
  number: 7,
  up: `
    CREATE INDEX audit_kind ON audit (kind, at);
    CREATE TABLE audit_counts (
      kind TEXT PRIMARY KEY,
      lines INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO audit_counts SELECT kind, count(*) FROM audit GROUP BY kind
  `,
};
