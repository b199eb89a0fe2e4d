/** What happens to changes while the disk cannot be written. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../src/store/database.ts';
import type { Migration } from '../../../src/store/migrations.ts';
import { temporaryFolder } from '../../support/process.ts';
import { mountSmallDisk, whyNoSmallDisk } from '../../support/small-disk.ts';

const lines: Record<string, unknown>[] = [];
const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
const steps: Migration[] = [
  { number: 1, up: 'CREATE TABLE pairs (name TEXT PRIMARY KEY, value TEXT) STRICT; CREATE TABLE log (text)' },
];
const noDisk = whyNoSmallDisk();

beforeEach(() => {
  lines.length = 0;
});

function openDatabase(file = ':memory:', unsavedLimits = { records: 100, lines: 100 }): Database {
  const database = Database.open({ file, logger, migrations: steps, unsavedLimits });
  onTestFinished(() => database.close());
  return database;
}

/** A value that needs pages of its own, so that it does not fit where there is no room. */
const large = (text: string) => text.padEnd(20_000, '.');

function put(database: Database, name: string, value: string): Promise<void> {
  return database.persist(name, (sql) => {
    sql.prepare('INSERT OR REPLACE INTO pairs VALUES (?, ?)').run(name, large(value));
    sql.prepare('INSERT INTO log VALUES (?)').run(`${name}=${value}`);
  });
}

function addLine(database: Database, text: string): Promise<void> {
  return database.persist(
    undefined,
    (sql) => void sql.prepare('INSERT INTO log VALUES (?)').run(large(text)),
  );
}

/** What was stored, in order. */
function log(database: Database): string[] {
  const rows = database.read((sql) => sql.prepare('SELECT text FROM log ORDER BY rowid').all());
  return rows.map(({ text }) => String(text).replace(/\.+$/, ''));
}

function limitPages(database: Database, pages: number): void {
  database.read((sql) => sql.exec(`PRAGMA max_page_count = ${pages}`));
}
const fill = (database: Database) => limitPages(database, 1); // SQLite raises it to what there is
const makeRoom = (database: Database) => limitPages(database, 1_000_000);

async function codeOf(failing: Promise<unknown>): Promise<unknown> {
  return failing.then(
    () => 'stored',
    (error) => error.code,
  );
}

const messages = () => lines.map(({ msg }) => msg);

describe('a database that is full', () => {
  test('keeps what counts already, says so, and stores it when there is room, without being asked', async () => {
    const database = openDatabase();
    fill(database);
    expect(await codeOf(put(database, 'a', '1'))).toBe('storage_unavailable');
    expect(database.storage).toEqual({ fault: 'full', since: expect.any(Number), unsaved: 1, lost: 0 });
    makeRoom(database);
    await expect.poll(() => database.storage.unsaved).toBe(0);
    expect(database.storage).toEqual({ fault: undefined, since: undefined, unsaved: 0, lost: 0 });
    expect(log(database)).toEqual(['a=1']);
    expect(messages()).toEqual(['changes cannot be stored, trying again', 'changes can be stored again']);
  });

  test('drops what does not count yet, and says so', async () => {
    const database = openDatabase();
    fill(database);
    const writing = database.write((sql) => sql.prepare('INSERT INTO log VALUES (?)').run(large('a')));
    expect(await codeOf(writing)).toBe('storage_unavailable');
    expect(database.storage).toMatchObject({ fault: 'full', unsaved: 0 });
    makeRoom(database);
    await put(database, 'b', '1');
    expect(log(database)).toEqual(['b=1']);
  });

  test('stores in order, of each record the newest state alone, and all lines', async () => {
    const database = openDatabase();
    fill(database);
    const changes = [
      put(database, 'a', '1'),
      put(database, 'b', '1'),
      addLine(database, 'one'),
      put(database, 'a', '2'),
      addLine(database, 'two'),
    ];
    await Promise.allSettled(changes);
    expect(await codeOf(put(database, 'b', '2'))).toBe('storage_unavailable');
    expect(database.storage.unsaved).toBe(4);
    makeRoom(database);
    await put(database, 'c', '1');
    expect(log(database)).toEqual(['one', 'a=2', 'two', 'b=2', 'c=1']);
    expect(database.storage.unsaved).toBe(0);
  });

  test('keeps so many and no more: of records and of lines apart', async () => {
    const database = openDatabase(':memory:', { records: 2, lines: 1 });
    fill(database);
    for (const name of ['a', 'b']) await codeOf(put(database, name, '1'));
    await expect(put(database, 'c', '1')).rejects.toThrow('until the server ends');
    await expect(put(database, 'a', '1')).rejects.toThrow('is saved as soon as');
    for (const text of ['one', 'two', 'three']) await codeOf(addLine(database, text));
    expect(database.storage).toMatchObject({ unsaved: 3, lost: 3 });
    expect(messages().filter((msg) => String(msg).includes('no room'))).toHaveLength(1);
    makeRoom(database);
    await put(database, 'd', '1');
    expect(log(database)).toEqual(['b=1', 'a=1', 'one', 'd=1']);
    expect(database.storage.lost).toBe(3);
    fill(database);
    expect(await codeOf(addLine(database, 'four'))).toBe('storage_unavailable');
    expect(database.storage).toMatchObject({ unsaved: 1, lost: 3 });
  });

  test('a change that fails by itself stands in no other one’s way', async () => {
    const database = openDatabase();
    fill(database);
    const failing = database.persist('bad', (sql) => sql.exec('INSERT INTO nothing VALUES (1)'));
    await Promise.allSettled([put(database, 'a', '1'), failing, put(database, 'b', '1')]);
    makeRoom(database);
    await put(database, 'c', '1');
    expect(log(database)).toEqual(['a=1', 'b=1', 'c=1']);
  });

  test('what it keeps is stored by closing where there is room by then, however much it is', async () => {
    const file = join(temporaryFolder(), 'notes.db');
    const database = openDatabase(file, { records: 5000, lines: 1 });
    fill(database);
    const putting = Array.from({ length: 2500 }, (_, n) =>
      database.persist(
        `r${n}`,
        (sql) => void sql.prepare('INSERT INTO pairs VALUES (?, ?)').run(`r${n}`, ''),
      ),
    );
    await Promise.allSettled([...putting, addLine(database, 'large')]);
    expect(database.storage.unsaved).toBe(2501);
    makeRoom(database);
    database.close();
    const again = openDatabase(file);
    expect(again.read((sql) => sql.prepare('SELECT count(*) AS n FROM pairs').get()?.n)).toBe(2500);
    expect(messages()).not.toContain('changes that could not be stored are lost');
  });

  test('what it keeps is lost when it is closed while it is full, and the log says how much', async () => {
    const database = openDatabase();
    fill(database);
    await codeOf(put(database, 'a', '1'));
    database.close();
    expect(lines.at(-1)).toMatchObject({
      level: 50,
      changes: 1,
      msg: 'changes that could not be stored are lost',
    });
  });
});

test('a database that cannot be written any more', async () => {
  const database = openDatabase();
  database.read((sql) => sql.exec('PRAGMA query_only = ON'));
  expect(await codeOf(put(database, 'a', '1'))).toBe('storage_unavailable');
  expect(database.storage).toMatchObject({ fault: 'read_only', unsaved: 1 });
  database.read((sql) => sql.exec('PRAGMA query_only = OFF'));
  await put(database, 'b', '1');
  expect(log(database)).toEqual(['a=1', 'b=1']);
});

test('a database whose file was deleted does not go on as if nothing had happened', async () => {
  const folder = temporaryFolder();
  const database = openDatabase(join(folder, 'notes.db'));
  await put(database, 'a', '1');
  rmSync(folder, { recursive: true });
  expect(await codeOf(put(database, 'b', '1'))).toBe('storage_unavailable');
  expect(database.storage.fault).toBe('missing');
});

test('a database that another process holds is stored to when that is done', async () => {
  const file = join(temporaryFolder(), 'notes.db');
  const [database, other] = [openDatabase(file), openDatabase(file)];
  other.read((sql) => sql.exec('BEGIN IMMEDIATE'));
  expect(await codeOf(put(database, 'a', '1'))).toBe('storage_unavailable');
  expect(database.storage.fault).toBe('busy');
  other.read((sql) => sql.exec('ROLLBACK'));
  await expect.poll(() => database.storage.unsaved).toBe(0);
  expect(log(database)).toEqual(['a=1']);
});

describe.skipIf(noDisk)(`a real disk${noDisk ? ` (skipped: ${noDisk})` : ''}`, () => {
  test('that is full is written when there is room again', async () => {
    const disk = mountSmallDisk();
    const database = openDatabase(join(disk.folder, 'notes.db'));
    await put(database, 'a', '1');
    disk.fill();
    const outcomes: unknown[] = [];
    // What is left of the last pages may take a change or two.
    while (!outcomes.includes('storage_unavailable'))
      outcomes.push(await codeOf(put(database, 'b', `${outcomes.length}`)));
    expect(database.storage).toMatchObject({ fault: 'full', unsaved: 1 });
    disk.free();
    await expect.poll(() => database.storage.unsaved).toBe(0);
    expect(log(database).at(-1)).toBe(`b=${outcomes.length - 1}`);
  });
});
