import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Audit } from '../../../src/store/audit.ts';
import { AuditMinute } from '../../../src/store/audit-minute.ts';
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
  expect(await audit.read({})).toEqual([{ at: now, ...fact }]);
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
  const users = async (query: Parameters<Audit['read']>[0]) =>
    (await audit.read(query)).map(({ room, user }) => `${room} ${user}`);
  expect(await users({ room: 'a' })).toEqual(['a ann', 'a bob']);
  expect(await users({ user: 'bob' })).toEqual(['a bob', 'b bob']);
  expect(await users({ user: 'bob', room: 'b' })).toEqual(['b bob']);
  expect(await users({ since: now - 2000, until: now })).toEqual(['a bob', 'b bob']);
  expect(await users({ kind: 'token-accepted', limit: 2 })).toEqual(['a bob', 'b bob']);
  expect(await audit.read({ kind: 'token-refused' })).toHaveLength(1);
  expect(await audit.read({ room: "a' OR 1=1 --" })).toEqual([]);
});

test('a flood is counted and not kept', async () => {
  for (let n = 0; n < 5000; n++) audit.note({ kind: 'token-refused', target: 'token_signature' });
  audit.note({ kind: 'user-removed', user: 'eve' });
  audit.close();
  await stored();
  const refused = await audit.read({ kind: 'token-refused' });
  expect(refused).toHaveLength(61);
  expect(refused.at(-1)?.detail).toEqual({ more: 4940 });
  expect(await audit.read({ kind: 'user-removed' })).toHaveLength(1);
});

test('a flood of one user or address leaves room for the others of its minute', async () => {
  for (let n = 0; n < 5000; n++) {
    audit.note({ kind: 'token-accepted', user: 'eve' });
    audit.note({ kind: 'limit-reached', target: 'rate_limited', detail: { address: '192.0.2.1' } });
  }
  audit.note({ kind: 'token-accepted', user: 'bob' });
  audit.note({ kind: 'limit-reached', target: 'rate_limited', detail: { address: '192.0.2.2' } });
  audit.close();
  await stored();
  const accepted = await audit.read({ kind: 'token-accepted' });
  expect(accepted.filter(({ user }) => user === 'bob')).toHaveLength(1);
  expect(accepted).toHaveLength(60 + 1 + 1);
  expect(accepted.at(-1)).toMatchObject({ user: 'eve', detail: { more: 4940 } });
  const limits = await audit.read({ kind: 'limit-reached' });
  expect(limits).toHaveLength(20 + 1 + 1);
  expect(limits.at(-1)?.detail).toEqual({ more: 4980, address: '192.0.2.1' });
});

test('a minute remembers a bounded number of users', () => {
  const minute = new AuditMinute();
  for (let n = 0; n < 100_000; n++) minute.admit({ kind: 'token-accepted', user: `user ${n}` });
  expect(minute.sources).toBe(10_000);
  expect(minute.next()).toEqual([
    { kind: 'token-accepted', user: 'user 0', detail: { more: 100_000 - 6000 } },
  ]);
  expect(minute.sources).toBe(0);
});

test('acts of hosts and backends are written one by one', async () => {
  for (let n = 0; n < 1000; n++) audit.note({ kind: 'user-removed', user: 'eve', actor: 'backend:shop' });
  await stored();
  expect(await audit.read({ kind: 'user-removed' })).toHaveLength(1000);
});

test('lines are forgotten when they are old', async () => {
  audit.note({ kind: 'token-accepted' });
  await stored();
  now += 9 * DAY_MS;
  audit.note({ kind: 'token-accepted' });
  await stored();
  await audit.sweep();
  expect(await audit.read({})).toHaveLength(2);
  now += 2 * DAY_MS;
  await audit.sweep();
  expect(await audit.read({})).toHaveLength(1);
});

test('a database that fails takes nobody with it', () => {
  database.close();
  expect(() => audit.note({ kind: 'token-accepted' })).not.toThrow();
});
