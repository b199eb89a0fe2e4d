/** What hosts set of a room: it stays, and what was never said is as the configuration says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, expect, test } from 'vitest';
import { RoomSettings } from '../../../src/rooms/room-settings.ts';
import { Database } from '../../../src/store/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'aq-settings-'));
const file = join(folder, 'rooms.db');
const logger = pino({ level: 'silent' });
const open: Database[] = [];

afterEach(() => {
  for (const database of open.splice(0)) database.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openDatabase(): Database {
  const database = Database.open({ file, logger });
  open.push(database);
  return database;
}

test('settings are kept, and change one by one', async () => {
  const settings = new RoomSettings(openDatabase(), { lobby: false });
  expect(settings.of('red')).toMatchObject({ locked: false, lobby: false });
  const storing = settings.set('red', { lobby: true });
  expect(settings.of('red')).toMatchObject({ locked: false, lobby: true });
  await Promise.all([storing, settings.set('red', { locked: true }), settings.set('blue', { locked: true })]);
  await settings.set('blue', { locked: false });
  const again = new RoomSettings(openDatabase(), { lobby: false });
  expect(again.of('red')).toMatchObject({ locked: true, lobby: true });
  expect(again.of('blue')).toMatchObject({ locked: false, lobby: false });
});

test('a lobby that was turned off stays off where the configuration has one', async () => {
  const settings = new RoomSettings(openDatabase(), { lobby: true });
  expect(settings.of('green')).toMatchObject({ locked: false, lobby: true });
  await settings.set('green', { lobby: false });
  await settings.set('grey', { locked: true });
  const again = new RoomSettings(openDatabase(), { lobby: true });
  expect(again.of('green')).toMatchObject({ locked: false, lobby: false });
  expect(again.of('grey')).toMatchObject({ locked: true, lobby: true });
});

test('a room that says nothing takes no place in the database', async () => {
  const database = openDatabase();
  const settings = new RoomSettings(database, { lobby: false });
  const rows = () => database.read((sql) => sql.prepare('SELECT count(*) AS n FROM rooms').get()?.n);
  const before = rows();
  await settings.set('white', { locked: true });
  expect(rows()).toBe(Number(before) + 1);
  await settings.set('white', { locked: false });
  expect(rows()).toBe(before);
});

test('a limit of peers and metadata are kept, and taken back', async () => {
  const settings = new RoomSettings(openDatabase(), { lobby: false });
  const before = settings.of('gold');
  await settings.set('gold', { maxPeers: 3, metadata: { title: 'Füße' } });
  const again = new RoomSettings(openDatabase(), { lobby: false });
  expect(again.of('gold')).toEqual({ ...before, maxPeers: 3, metadata: { title: 'Füße' } });
  await again.set('gold', { maxPeers: undefined, metadata: {} });
  expect(again.of('gold')).toEqual(before);
});
