/** Cut-offs and bans: which tokens they refuse, and for how long. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Identity } from '../../../src/auth/claims.ts';
import { CutOffs } from '../../../src/auth/cut-offs.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { Database } from '../../../src/store/database.ts';

const MAX_TTL = 3600;
const TOLERANCE = 5;
/** The moment of the acts, in seconds. */
const NOW = 1_800_000_000;
const ALL = { sparesHosts: false };
const GUESTS = { sparesHosts: true };

const folder = mkdtempSync(join(tmpdir(), 'aq-cut-offs-'));
const logger = pino({ level: 'silent' });
const open: { close(): void }[] = [];
const full = expect.objectContaining({ code: 'limit_reached' });
let seconds = NOW;

afterEach(() => {
  for (const each of open.splice(0).reverse()) each.close();
  seconds = NOW;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openCutOffs(file = ':memory:', maxBans = 3): CutOffs {
  const database = Database.open({ file, logger });
  const cutOffs = new CutOffs(database, {
    maxTtlSeconds: MAX_TTL,
    clockToleranceSeconds: TOLERANCE,
    maxBans,
    now: () => seconds * 1000,
  });
  open.push(database, cutOffs);
  return cutOffs;
}

function token(issuedAt: number | undefined, userId = 'ann', room = 'red'): Identity {
  return {
    userId,
    room,
    name: userId,
    userType: 'guest',
    grants: new Set(),
    expiresAt: NOW + MAX_TTL,
    ...(issuedAt !== undefined && { issuedAt }),
  };
}

function host(issuedAt: number, userId = 'ann'): Identity {
  return { ...token(issuedAt, userId), grants: new Set(['moderate'] as const) };
}

/** The code with which a token is refused; undefined if it is not. */
function refusal(cutOffs: CutOffs, identity: Identity): string | undefined {
  try {
    cutOffs.check(identity);
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

describe('a cut-off', () => {
  test.each([
    ['an hour before', NOW - 3600, 'token_revoked'],
    ['in the same second', NOW, 'token_revoked'],
    ['in a part of the same second', NOW + 0.999, 'token_revoked'],
    ['a second later', NOW + 1, undefined],
    ['at a time that it does not say', undefined, 'token_revoked'],
  ])('of a token from %s', async (_when, issuedAt, code) => {
    seconds = NOW + 0.3;
    expect(refusal(openCutOffs(), token(issuedAt))).toBeUndefined();
    const cutOffs = openCutOffs();
    await cutOffs.cutOff('red', 'ann', ALL);
    expect(refusal(cutOffs, token(issuedAt))).toBe(code);
  });

  test('reaches a token from a clock that is ahead, where that has come in, and its user alone', async () => {
    const file = join(folder, 'ahead.db');
    const cutOffs = openCutOffs(file);
    for (const user of ['ann', 'bob']) expect(refusal(cutOffs, token(NOW + 4, user))).toBeUndefined();
    await cutOffs.cutOff('red', 'ann', ALL);
    for (const each of [cutOffs, openCutOffs(file)]) {
      expect(refusal(each, token(NOW + 4, 'ann'))).toBe('token_revoked');
      expect(refusal(each, token(NOW + 5, 'ann'))).toBeUndefined();
      expect(refusal(each, token(NOW + 4, 'bob'))).toBeUndefined();
    }
    await cutOffs.cutOffAll('red', ALL);
    expect(refusal(cutOffs, token(NOW + 4, 'bob'))).toBe('token_revoked');
    expect(refusal(cutOffs, token(NOW + 4, 'bob', 'blue'))).toBeUndefined();
  });

  test('does not go back with the clock', async () => {
    const cutOffs = openCutOffs();
    await cutOffs.cutOff('red', 'ann', ALL);
    seconds = NOW - 60;
    await cutOffs.cutOff('red', 'ann', ALL);
    expect(refusal(cutOffs, token(NOW))).toBe('token_revoked');
  });

  test('concerns one user in one room', async () => {
    const cutOffs = openCutOffs();
    await cutOffs.cutOff('red', 'ann', ALL);
    expect(refusal(cutOffs, token(NOW, 'bob'))).toBeUndefined();
    expect(refusal(cutOffs, token(NOW, 'ann', 'blue'))).toBeUndefined();
  });

  test('of a room concerns all of it, and an earlier one of a user stays', async () => {
    const cutOffs = openCutOffs();
    await cutOffs.cutOffAll('red', ALL);
    expect(refusal(cutOffs, token(NOW, 'bob'))).toBe('token_revoked');
    expect(refusal(cutOffs, token(undefined, 'eve'))).toBe('token_revoked');
    expect(refusal(cutOffs, token(NOW, 'bob', 'blue'))).toBeUndefined();
    seconds = NOW + 10;
    await cutOffs.cutOff('red', 'ann', ALL);
    expect(refusal(cutOffs, token(NOW + 5, 'ann'))).toBe('token_revoked');
    expect(refusal(cutOffs, token(NOW + 5, 'bob'))).toBeUndefined();
  });

  test('counts before it is on disk', () => {
    const cutOffs = openCutOffs();
    void cutOffs.cutOff('red', 'ann', ALL);
    expect(refusal(cutOffs, token(NOW))).toBe('token_revoked');
  });

  test('is kept until no token is alive that it refuses, and no longer', async () => {
    const file = join(folder, 'swept.db');
    const cutOffs = openCutOffs(file);
    await cutOffs.cutOff('red', 'ann', ALL);
    // Issued in the second of the cut-off by a clock that was ahead, and alive for as long as can be.
    const last = NOW + TOLERANCE + MAX_TTL + TOLERANCE;
    seconds = last;
    await cutOffs.sweep();
    expect(refusal(cutOffs, token(NOW))).toBe('token_revoked');
    seconds = last + 1;
    await cutOffs.sweep();
    expect(refusal(cutOffs, token(NOW))).toBeUndefined();
    expect(refusal(openCutOffs(file), token(NOW))).toBeUndefined();
  });

  test('that ended while no server ran is gone when one starts', async () => {
    const file = join(folder, 'long-ago.db');
    await openCutOffs(file).cutOff('red', 'ann', ALL);
    seconds = NOW + 2 * MAX_TTL;
    expect(refusal(openCutOffs(file), token(NOW))).toBeUndefined();
  });
});

describe('a ban', () => {
  test('refuses later tokens too, until it is lifted; those from before it stay refused', async () => {
    const cutOffs = openCutOffs();
    await cutOffs.ban('red', 'ann', ALL);
    expect(cutOffs.bans('red')).toEqual({ bans: [{ userId: 'ann', at: NOW * 1000 }] });
    expect(cutOffs.bans('blue')).toEqual({ bans: [] });
    expect(refusal(cutOffs, token(NOW + 1000))).toBe('banned');
    expect(cutOffs.isBanned('red', 'ann')).toBe(true);
    await cutOffs.unban('red', 'ann');
    expect(cutOffs.bans('red')).toEqual({ bans: [] });
    expect(refusal(cutOffs, token(NOW + 1000))).toBeUndefined();
    expect(refusal(cutOffs, token(NOW))).toBe('token_revoked');
    expect(cutOffs.isBanned('red', 'ann')).toBe(false);
  });

  test('is listed a page at a time, whoever is unbanned meanwhile', async () => {
    const cutOffs = openCutOffs(':memory:', 5000);
    const users = Array.from({ length: 1234 }, (_, n) => `user ${String(9999 - n)}`);
    await Promise.all(users.map((userId) => cutOffs.ban('red', userId, ALL)));
    const first = cutOffs.bans('red');
    expect(first.bans).toHaveLength(500);
    await cutOffs.unban('red', first.next ?? '');
    const second = cutOffs.bans('red', first.next);
    const third = cutOffs.bans('red', second.next);
    expect(third.next).toBeUndefined();
    const listed = [first, second, third].flatMap(({ bans }) => bans.map(({ userId }) => userId));
    expect(listed).toEqual(users.toReversed());
    expect(cutOffs.bans('red', 'user 9999').bans).toEqual([]);
  });

  test('is for so many users of a room', async () => {
    const cutOffs = openCutOffs();
    await cutOffs.cutOffAll('red', ALL);
    for (const user of ['ann', 'bob', 'ann', 'zoe']) await cutOffs.ban('red', user, ALL);
    seconds = NOW + 10;
    expect(() => cutOffs.ban('red', 'eve', ALL)).toThrow(full);
    expect(refusal(cutOffs, token(NOW + 1, 'eve'))).toBeUndefined();
    await cutOffs.ban('blue', 'eve', ALL);
  });

  test('[A10] and its lifting in a loop, or of many users, keep one record for each user, up to the limit', async () => {
    const file = join(folder, 'loop.db');
    const cutOffs = openCutOffs(file);
    for (let round = 0; round < 20; round++) {
      await cutOffs.ban('red', 'ann', ALL);
      await cutOffs.unban('red', 'ann');
    }
    for (const user of ['bob', 'zoe']) {
      await cutOffs.ban('red', user, ALL);
      await cutOffs.unban('red', user);
    }
    expect(() => cutOffs.ban('red', 'eve', ALL)).toThrow(full);
    expect(() => cutOffs.cutOff('red', 'eve', ALL)).toThrow(full);
    const database = Database.open({ file, logger });
    open.push(database);
    const rows = database.read((sql) => sql.prepare('SELECT user_id FROM exclusions').all());
    expect(rows.map(({ user_id }) => user_id)).toEqual(['ann', 'bob', 'zoe']);
    // They are forgotten when no token is alive that they refuse.
    seconds = NOW + 2 * MAX_TTL;
    await cutOffs.sweep();
    await cutOffs.ban('red', 'eve', ALL);
  });

  test('[A1] by a host spares tokens that grant moderate, unless a backend has banned the user too', async () => {
    const file = join(folder, 'spared.db');
    const cutOffs = openCutOffs(file);
    await cutOffs.ban('red', 'ann', GUESTS);
    await cutOffs.cutOffAll('red', GUESTS);
    for (const each of [cutOffs, openCutOffs(file)]) {
      expect(refusal(each, host(NOW))).toBeUndefined();
      expect(refusal(each, token(NOW))).toBe('banned');
      expect(refusal(each, token(NOW, 'bob'))).toBe('token_revoked');
      expect(refusal(each, host(NOW, 'bob'))).toBeUndefined();
    }
    await cutOffs.ban('red', 'ann', ALL);
    await cutOffs.ban('red', 'ann', GUESTS);
    expect(refusal(cutOffs, host(NOW + 1))).toBe('banned');
  });

  test('outlives every token', async () => {
    const cutOffs = openCutOffs();
    await cutOffs.ban('red', 'ann', ALL);
    seconds = NOW + 1000 * MAX_TTL;
    await cutOffs.sweep();
    expect(refusal(cutOffs, token(seconds))).toBe('banned');
  });
});

test('a database that is opened again has all that was promised', async () => {
  const file = join(folder, 'again.db');
  const before = openCutOffs(file);
  await Promise.all([
    before.cutOff('red', 'ann', ALL),
    before.ban('red', 'bob', ALL),
    before.cutOffAll('blue', ALL),
  ]);
  await before.ban('red', 'eve', ALL);
  await before.unban('red', 'eve');
  const after = openCutOffs(file); // beside the first one, which did not end in an orderly way
  expect(refusal(after, token(NOW))).toBe('token_revoked');
  expect(refusal(after, token(NOW + 1))).toBeUndefined();
  expect(refusal(after, token(NOW + 1, 'bob'))).toBe('banned');
  expect(refusal(after, token(NOW + 1, 'eve'))).toBeUndefined();
  expect(refusal(after, token(NOW, 'eve'))).toBe('token_revoked');
  expect(refusal(after, token(NOW, 'zoe', 'blue'))).toBe('token_revoked');
});
