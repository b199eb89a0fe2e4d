import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Audit } from '../../../src/store/audit.ts';
import { Database } from '../../../src/store/database.ts';

const DAY_MS = 86_400_000;
const lines: Record<string, unknown>[] = [];
const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
let database: Database;
let audit: Audit;
let now: number;

beforeEach(() => {
  now = 100 * DAY_MS;
  lines.length = 0;
  database = Database.open({ file: ':memory:', logger });
  audit = new Audit({ database, logger, keepDays: 10, now: () => now });
});
afterEach(() => {
  audit.close();
  database.close();
});

/** Resolves when all that was noted is stored. */
function stored(): Promise<void> {
  return database.write(() => {});
}

test('a fact is a line in the log and in the database, with all that it says', async () => {
  const fact = {
    kind: 'source-muted',
    room: 'r',
    user: 'bob',
    actor: 'user:ann',
    target: 'mic',
    detail: { mode: 'hard', n: 1 },
  };
  audit.note(fact);
  await stored();
  expect(audit.read({})).toEqual([{ at: now, ...fact }]);
  expect(lines).toEqual([expect.objectContaining({ audit: true, ...fact })]);
});

test('is read by time, room, user and kind, oldest first, the last ones where there are more', async () => {
  for (const [room, user] of [
    ['a', 'ann'],
    ['a', 'bob'],
    ['b', 'bob'],
  ]) {
    audit.note({ kind: 'token-accepted', room: String(room), user: String(user) });
    now += 1000;
  }
  audit.note({ kind: 'token-refused', target: 'token_expired' });
  await stored();
  const users = (query: Parameters<Audit['read']>[0]) =>
    audit.read(query).map(({ room, user }) => `${room} ${user}`);
  expect(users({ room: 'a' })).toEqual(['a ann', 'a bob']);
  expect(users({ user: 'bob' })).toEqual(['a bob', 'b bob']);
  expect(users({ user: 'bob', room: 'b' })).toEqual(['b bob']);
  expect(users({ since: now - 2000, until: now })).toEqual(['a bob', 'b bob']);
  expect(users({ kind: 'token-accepted', limit: 2 })).toEqual(['a bob', 'b bob']);
  expect(audit.read({ kind: 'token-refused' })).toHaveLength(1);
  expect(audit.read({ room: "a' OR 1=1 --" })).toEqual([]);
});

test('a flood is counted and not kept', async () => {
  for (let n = 0; n < 5000; n++) audit.note({ kind: 'token-refused', target: 'token_signature' });
  audit.note({ kind: 'user-removed', user: 'eve' });
  audit.close();
  await stored();
  const refused = audit.read({ kind: 'token-refused' });
  expect(refused).toHaveLength(61);
  expect(refused.at(-1)?.detail).toEqual({ more: 4940 });
  expect(audit.read({ kind: 'user-removed' })).toHaveLength(1);
});

test('lines are forgotten when they are old', async () => {
  audit.note({ kind: 'token-accepted' });
  now += 9 * DAY_MS;
  audit.note({ kind: 'token-accepted' });
  audit.sweep();
  await stored();
  expect(audit.read({})).toHaveLength(2);
  now += 2 * DAY_MS;
  audit.sweep();
  await stored();
  expect(audit.read({})).toHaveLength(1);
});

test('a database that fails takes nobody with it', () => {
  database.close();
  expect(() => audit.note({ kind: 'token-accepted' })).not.toThrow();
});
