import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { Database } from '../../../src/store/database.ts';
import { type Migration, migrations } from '../../../src/store/migrations.ts';

const logger = pino({ level: 'silent' });
const notes: Migration = { number: 1, up: 'CREATE TABLE notes (text TEXT NOT NULL UNIQUE)' };
const folder = mkdtempSync(join(tmpdir(), 'aq-store-'));
const open: Database[] = [];

afterEach(() => {
  for (const database of open.splice(0)) database.close();
  rmSync(folder, { recursive: true, force: true });
});

function openDatabase(file = ':memory:', steps: readonly Migration[] = [notes]): Database {
  const database = Database.open({ file, logger, migrations: steps });
  open.push(database);
  return database;
}

function add(database: Database, text: string): Promise<string> {
  return database.write((sql) => {
    sql.prepare('INSERT INTO notes (text) VALUES (?)').run(text);
    return text;
  });
}

function texts(database: Database): unknown[] {
  return database
    .read((sql) => sql.prepare('SELECT text FROM notes ORDER BY rowid').all())
    .map((row) => row.text);
}

describe('Database', () => {
  test('commits changes in the order of their coming, and answers what they return', async () => {
    const database = openDatabase();
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => add(database, text)));
    expect(answers).toEqual(['a', 'b', 'c']);
    expect(texts(database)).toEqual(['a', 'b', 'c']);
  });

  test('a change that fails is undone alone', async () => {
    const database = openDatabase();
    const failing = database.write((sql) => {
      sql.exec("INSERT INTO notes (text) VALUES ('half')");
      throw new Error('no');
    });
    const twice = [add(database, 'a'), add(database, 'a'), add(database, 'b')];
    await expect(failing).rejects.toThrow('no');
    const outcomes = await Promise.allSettled(twice);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(texts(database)).toEqual(['a', 'b']);
  });

  test('a group of which SQLite undoes the whole is rejected as a whole, and the next one is stored', async () => {
    const database = openDatabase();
    const first = add(database, 'a');
    const fatal = database.write((sql) => sql.exec("INSERT OR ROLLBACK INTO notes (text) VALUES ('a')"));
    const outcomes = await Promise.allSettled([first, fatal]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await add(database, 'b');
    expect(texts(database)).toEqual(['b']);
  });

  test('what waits is stored by closing, and is there when the file is opened again', async () => {
    const file = join(folder, 'made', 'notes.db');
    const database = openDatabase(file);
    const last = add(database, 'last');
    database.close();
    await last;
    expect(texts(openDatabase(file))).toEqual(['last']);
    await expect(add(database, 'late')).rejects.toThrow('closed');
  });

  test('each migration happens once, and an older server leaves a newer file alone', () => {
    const file = join(folder, 'versions.db');
    const column: Migration = { number: 2, up: 'ALTER TABLE notes ADD COLUMN at INTEGER' };
    openDatabase(file).close();
    openDatabase(file, [notes, column]).close();
    openDatabase(file, [notes, column]).close();
    expect(() => openDatabase(file, [notes])).toThrow('version 2');
  });

  test('a migration that fails leaves nothing of itself', () => {
    const file = join(folder, 'broken.db');
    const broken: Migration = { number: 2, up: 'CREATE TABLE more (a); CREATE TABLE notes (a)' };
    openDatabase(file).close();
    expect(() => openDatabase(file, [notes, broken])).toThrow();
    const tables = openDatabase(file).read((sql) =>
      sql.prepare('SELECT name FROM sqlite_schema WHERE type = ?').all('table'),
    );
    expect(tables.map(({ name }) => name)).toEqual(['notes']);
  });

  test('the numbers of the migrations rise', () => {
    const numbers = migrations.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});
