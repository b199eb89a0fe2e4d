/** An audit of a million lines: however many there are, each step touches few. */
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AuditTable, auditPages, readAudit, searchFor } from '../../../src/store/audit-table.ts';
import { migrations } from '../../../src/store/migrations.ts';

function createSql(): DatabaseSync {
  const sql = new DatabaseSync(':memory:');
  for (const { up } of migrations) sql.exec(up);
  return sql;
}

/** Runs `step`, and returns how many rows it has inserted, changed or deleted. */
function rowsTouched(sql: DatabaseSync, step: () => unknown): number {
  const touched = () => Number(sql.prepare('SELECT total_changes() AS rows').get()?.rows);
  const before = touched();
  step();
  return touched() - before;
}

function countOf(sql: DatabaseSync, kind: string): number {
  return Number(sql.prepare('SELECT count(*) AS lines FROM audit WHERE kind = ?').get(kind)?.lines);
}

/** The counts that are kept, which are those of the lines. */
function counts(sql: DatabaseSync): Record<string, number> {
  const rows = sql.prepare('SELECT kind, lines FROM audit_counts').all();
  const kept = rows.map(({ kind, lines }) => [String(kind), Number(lines)] as const);
  for (const [kind, lines] of kept) expect(countOf(sql, kind)).toBe(lines);
  return Object.fromEntries(kept);
}

describe('with limits', () => {
  let sql: DatabaseSync;
  let table: AuditTable;

  beforeEach(() => {
    sql = createSql();
    table = new AuditTable(sql, { lines: 100, linesOfStrangers: 20 });
  });

  function add(kind: string, count: number, from = 0): void {
    for (let n = 0; n < count; n++) {
      table.add({ at: from + n, kind });
      table.deleteExcess(2);
    }
  }

  test('a flood of one kind pushes out nothing but itself', () => {
    add('user-banned', 10);
    add('token-accepted', 1000, 100);
    expect(counts(sql)).toEqual({ 'user-banned': 10, 'token-accepted': 90 });
    expect(readAudit(sql, { kind: 'token-accepted' }).at(0)?.at).toBe(1010);
    add('room-ended', 500, 5000);
    expect(counts(sql)).toEqual({ 'user-banned': 10, 'token-accepted': 45, 'room-ended': 45 });
  });

  test('strangers have a share of their own', () => {
    add('token-refused', 500);
    add('limit-reached', 500);
    add('user-banned', 60);
    expect(counts(sql)).toEqual({ 'token-refused': 20, 'limit-reached': 20, 'user-banned': 60 });
  });

  test('lines of any age and order are deleted by their time', () => {
    for (const at of [5, 1, 4, 2, 3]) table.add({ at, kind: at % 2 ? 'odd' : 'even' });
    expect(table.deleteOlder(4, 2)).toBe(2);
    expect(readAudit(sql, {}).map(({ at }) => at)).toEqual([3, 4, 5]);
    expect(table.deleteOlder(4, 2)).toBe(1);
    expect(table.deleteOlder(4, 2)).toBe(0);
    expect(counts(sql)).toEqual({ odd: 1, even: 1 });
  });
});

describe('of a million lines', () => {
  const LINES = 1_000_000;
  let sql: DatabaseSync;

  beforeAll(() => {
    sql = createSql();
    // The indexes of lines that are there already are made faster.
    const indexes = sql
      .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql > ''")
      .all();
    for (const { name } of indexes) sql.exec(`DROP INDEX ${String(name)}`);
    sql.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LINES})
        INSERT INTO audit (at, kind, room, user_id)
          SELECT i, CASE WHEN i % 10000 = 0 THEN 'user-banned' ELSE 'token-accepted' END,
            'room ' || (i % 10), 'user ' || (i % 1000) FROM n;
      INSERT INTO audit_counts SELECT kind, count(*) FROM audit GROUP BY kind;
    `);
    for (const { sql: create } of indexes) sql.exec(String(create));
  }, 120_000);

  /** Nothing of what is done here stays. */
  function undone(run: () => void): void {
    sql.exec('SAVEPOINT test');
    run();
    sql.exec('ROLLBACK TO test; RELEASE test');
  }

  test('adding one that is too many touches a handful of rows, and the audit gets shorter', () => {
    const table = new AuditTable(sql, { lines: 500_000, linesOfStrangers: 1000 });
    undone(() => {
      for (let n = 0; n < 1000; n++) {
        const touched = rowsTouched(sql, () => {
          table.add({ at: LINES + n, kind: 'user-banned' });
          table.deleteExcess(2);
        });
        expect(touched).toBeLessThanOrEqual(5);
      }
      const { lines } = sql.prepare('SELECT sum(lines) AS lines FROM audit_counts').get() ?? {};
      expect(lines).toBe(LINES - 1000);
    });
  });

  test('a step of a sweep touches no more rows than it may delete', () => {
    const table = new AuditTable(sql, { lines: 500_000, linesOfStrangers: 1000 });
    undone(() => {
      expect(rowsTouched(sql, () => expect(table.deleteOlder(LINES, 200)).toBe(200))).toBeLessThanOrEqual(
        202,
      );
      expect(rowsTouched(sql, () => expect(table.deleteExcess(200)).toBe(200))).toBeLessThanOrEqual(201);
    });
  });

  test.each([
    ['everything', {}, 1000],
    ['a kind that is rare', { kind: 'user-banned' }, 100],
    ['a kind that nothing has', { kind: 'none' }, 0],
    ['a user', { user: 'user 7' }, 1000],
    ['a room', { room: 'room 3' }, 1000],
    ['a span', { since: 500_000, until: 500_100 }, 100],
    ['what seldom meets', { user: 'user 0', kind: 'user-banned' }, 100],
    ['what never meets', { user: 'user 1', kind: 'user-banned' }, 0],
    ['what seldom meets in a large room', { room: 'room 0', kind: 'user-banned', limit: 10 }, 10],
  ])('%s is read in pages of which each is a short search', (_, query, expected) => {
    const pages = [...auditPages(sql, query)];
    expect(pages.flat()).toHaveLength(expected);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(500);
    const times = pages.flat().map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test.each([
    {},
    { kind: 'k' },
    { user: 'u' },
    { room: 'r' },
    { room: 'r', user: 'u', kind: 'k' },
  ])('the search for %j sorts nothing', (query) => {
    const plan = sql.prepare(`EXPLAIN QUERY PLAN ${searchFor(query)}`).all();
    expect(plan.map(({ detail }) => detail)).toEqual([expect.stringMatching(/^SEARCH audit USING INDEX/)]);
  });
});
