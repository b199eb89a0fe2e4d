/** Calls are read from what their events have left, a page at a time. */
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { migrations } from '../../../src/store/migrations.ts';
import type { StoredEvent } from '../../../src/telephony/call-event.ts';
import { CallTable } from '../../../src/telephony/call-table.ts';

let sql: DatabaseSync;
let table: CallTable;
let seq: number;

beforeEach(() => {
  sql = new DatabaseSync(':memory:');
  sql.exec('PRAGMA foreign_keys = ON');
  for (const { up } of migrations) sql.exec(up);
  table = new CallTable(sql);
  seq = 0;
});

function add(callId: string | null, more: Partial<StoredEvent> = {}, now = 0): void {
  seq++;
  const at = { occurredAt: '2026-01-01T00:00:00Z', type: 'call.initiated', payload: {} };
  const ids = { seq, id: `event ${seq}`, callId, legId: callId && `leg of ${callId}` };
  table.add({ ...at, ...ids, connectionId: null, from: null, to: null, ...more }, now);
}

const idsOf = (filter: Parameters<CallTable['page']>[0]['filter'], before?: number, limit = 3) => {
  const { calls, next } = table.page({ filter, before, limit });
  return [calls.map(({ id }) => id).join(' '), next];
};

describe('pages', () => {
  test('begin with the call that was heard of last, and have no gaps', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) add(id);
    expect(idsOf(undefined)).toEqual(['g f e', 5]);
    expect(idsOf(undefined, 5)).toEqual(['d c b', 2]);
    expect(idsOf(undefined, 2)).toEqual(['a', undefined]);
    expect(idsOf(undefined, undefined, 7)).toEqual(['g f e d c b a', undefined]);
    add('a', { type: 'call.hangup' });
    expect(idsOf(undefined)).toEqual(['a g f', 6]);
  });

  test('have each call once, by whatever part of a filter it is found', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) add(id, { connectionId: '7', from: '+1', to: '+2' });
    add('x', { from: '+3' });
    const filter = { connections: ['7'], numbers: ['+1', '+2'] };
    expect(idsOf(filter)).toEqual(['e d c', 3]);
    expect(idsOf(filter, 3)).toEqual(['b a', undefined]);
    expect(idsOf({ numbers: ['+2', '+3'] })).toEqual(['x e d', 4]);
    expect(idsOf({ numbers: ['7'] })).toEqual(['', undefined]);
    // An event of another leg, which does not concern the agent, moves the call for the agent too, and once.
    add('a', { legId: 'other' });
    expect(idsOf(filter)).toEqual(['a e d', 4]);
    expect(idsOf(filter, 4)).toEqual(['c b', undefined]);
  });

  test('have the legs and recordings that a filter lets through', () => {
    const saved = { type: 'call.recording.saved', payload: { recording_started_at: 'now' } };
    add('a', { legId: 'one', from: '+1' });
    add('a', { legId: 'two', from: '+2' });
    add('a', { ...saved, legId: 'two' });
    add('a', { ...saved, legId: null, from: '+1' });
    const partsFor = (filter: { numbers: string[] } | undefined) =>
      table.page({ filter, limit: 1 }).calls.map(({ legs, recordings }) => [legs.length, recordings.length]);
    expect(partsFor({ numbers: ['+1'] })).toEqual([[1, 1]]);
    expect(partsFor({ numbers: ['+2'] })).toEqual([[1, 1]]);
    expect(partsFor(undefined)).toEqual([[2, 2]]);
    expect(partsFor({ numbers: ['+3'] })).toEqual([]);
  });
});

test('an event without a call leaves nothing', () => {
  add(null);
  expect(idsOf(undefined)).toEqual(['', undefined]);
});

test('calls are deleted with all that is known of them, a few at a time', () => {
  for (let n = 0; n < 10; n++) add(`call ${n}`, { from: '+1', type: 'call.recording.saved' }, n);
  expect(table.deleteOlder(8, 5)).toBe(5);
  expect(table.deleteOlder(8, 5)).toBe(3);
  expect(table.deleteOlder(8, 5)).toBe(0);
  for (const name of ['calls', 'call_parties', 'call_legs', 'call_recordings']) {
    expect(sql.prepare(`SELECT count(*) AS rows FROM ${name}`).get()).toEqual({ rows: 2 });
  }
});

describe('of 10,000 events', () => {
  const steps: string[] = [];

  /** Runs SQLite's plan for each statement that a page runs. */
  function plansOf(): string[] {
    return [...new Set(steps)].flatMap((text) =>
      sql
        .prepare(`EXPLAIN QUERY PLAN ${text}`)
        .all()
        .map(({ detail }) => String(detail)),
    );
  }

  test('a page reads none, and of the calls no more than it has', { timeout: 60_000 }, () => {
    sql.exec('BEGIN');
    for (let n = 0; n < 2500; n++) {
      for (let each = 0; each < 4; each++) add(`call ${n}`, { from: `+${n % 100}`, connectionId: '7' });
    }
    sql.exec('COMMIT; DROP TABLE call_events');
    const statements = recordStatements(steps);
    const page = table.page({ filter: { numbers: ['+7', '+8', 'none'], connections: ['none'] }, limit: 20 });
    expect(page.calls).toHaveLength(20);
    // A search for each of four parties, then legs and recordings of each call.
    expect(statements()).toBe(4 + 2 * 20);
    expect(table.page({ filter: undefined, limit: 100 }).calls).toHaveLength(100);
    expect(plansOf().filter((plan) => !plan.startsWith('SEARCH'))).toEqual([]);
  });
});

describe('calls that were read before', () => {
  test('are read anew only after another event of theirs, whoever asks', () => {
    for (let n = 0; n < 20; n++) add(`call ${n}`, { from: '+1', payload: { from: '+1' } });
    const statements = recordStatements();
    const states = (filter?: { numbers: string[] }) =>
      table.page({ filter, limit: 20 }).calls.map(({ state }) => state);
    expect(states()).toEqual(Array(20).fill('initiated'));
    const first = statements();
    expect(states()).toEqual(Array(20).fill('initiated'));
    expect(states({ numbers: ['+1'] })).toEqual(Array(20).fill('initiated'));
    expect(statements() - first).toBe(2);
    add('call 7', { legId: 'other', type: 'call.answered', from: '+2', occurredAt: '2026-01-01T00:00:01Z' });
    expect(states()).toEqual(['answered', ...Array(19).fill('initiated')]);
    expect(states({ numbers: ['+1'] })).toEqual(Array(20).fill('initiated'));
    expect(statements() - first).toBe(2 + 3 + 1);
  });

  test('are forgotten when others were read later', () => {
    for (let n = 0; n < 600; n++) add(`call ${n}`);
    const statements = recordStatements();
    const readAll = () => table.page({ filter: undefined, limit: 600 });
    readAll();
    const first = statements();
    table.page({ filter: undefined, before: 11, limit: 10 });
    expect(statements() - first).toBe(1); // the oldest ten were read last
    readAll();
    expect(statements() - first).toBeGreaterThan(100);
  });
});

/** Counts the queries of a new table. */
function recordStatements(steps: string[] = []): () => number {
  let count = 0;
  table = new CallTable({
    prepare(text: string) {
      const statement = sql.prepare(text);
      return Object.assign(Object.create(statement), {
        all: (...values: never[]) => {
          count++;
          steps.push(text);
          return statement.all(...values);
        },
        run: (...values: never[]) => statement.run(...values),
        get: (...values: never[]) => statement.get(...values),
      });
    },
  } as DatabaseSync);
  return () => count;
}
