/** `npm run keys`: makes, lists, rotates and revokes the API keys of backends. `scripts/commands.js` has its options. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { config as readDotenv } from 'dotenv';
import {
  type ApiKeyRecord,
  createApiKey,
  listApiKeys,
  RIGHTS,
  type Right,
  revokeApiKey,
  rotateApiKey,
} from '../src/auth/api-key-table.ts';
import { AuditTable } from '../src/store/audit-table.ts';
import { migrations } from '../src/store/migrations.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { COMMANDS } from './commands.js';
import { parseOptions, refuse } from './options.ts';

/** How long this waits for a server that writes the same file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

const { usage } = COMMANDS.keys;
const { values, positionals } = parseOptions(usage, {
  allowPositionals: true,
  options: {
    rights: { type: 'string' },
    'room-prefix': { type: 'string', default: '' },
    expires: { type: 'string' },
    overlap: { type: 'string', default: '1d' },
    json: { type: 'boolean', default: false },
  },
});

const [action, subject = ''] = positionals;
const now = Date.now();
const project = resolve(import.meta.dirname, '..');
readDotenv({ path: join(project, '.env'), quiet: true });

if (action === 'list') list();
else if (action === 'create') create(subject);
else if (action === 'rotate') rotate(subject);
else if (action === 'revoke') revoke(subject);
else refuse(usage, `The first word must be create, list, rotate or revoke.`);

function list(): void {
  const keys = inDatabase(listApiKeys);
  if (values.json) for (const key of keys) console.log(JSON.stringify(key));
  else for (const key of keys) console.log(sentence(key));
}

function create(given: string): void {
  const name = given.normalize('NFC');
  if (!/^[\w.@ -]{1,64}$/.test(name))
    refuse(usage, 'A name has 1 to 64 letters, digits, spaces and _.@- in it.');
  const key = {
    name,
    rights: rightsOf(values.rights ?? refuse(usage, '--rights is missing.')),
    roomPrefix: values['room-prefix'].normalize('NFC'),
    expiresAt: values.expires === undefined ? undefined : now + durationOf('--expires', values.expires),
  };
  const text = inDatabase((sql) => {
    if (listApiKeys(sql).some((other) => other.name === name && other.revokedAt === undefined))
      return undefined;
    note(sql, 'key-created', name);
    return createApiKey(sql, key, now);
  });
  if (text === undefined) fail(`There is a key with the name "${name}" already.`);
  else console.log(text);
}

function rotate(id: string): void {
  const until = now + durationOf('--overlap', values.overlap);
  const text = inDatabase((sql) => {
    const rotated = rotateApiKey(sql, id, until);
    if (rotated !== undefined) note(sql, 'key-rotated', id);
    return rotated;
  });
  if (text === undefined) fail(`There is no key "${id}" in use: "npm run keys -- list" shows the ids.`);
  else console.log(text);
}

function revoke(id: string): void {
  const done = inDatabase((sql) => {
    const revoked = revokeApiKey(sql, id, now);
    if (revoked) note(sql, 'key-revoked', id);
    return revoked;
  });
  if (!done) fail(`There is no key "${id}" in use: "npm run keys -- list" shows the ids.`);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

/** Works on the database in one transaction. The server may be running: it sees the change at the next request. */
function inDatabase<T>(work: (sql: DatabaseSync) => T): T {
  const folder = resolve(project, process.env.DATA_DIR || 'data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const sql = openSqlite(join(folder, 'aq-server.db'), migrations, BUSY_TIMEOUT_MS);
  try {
    sql.exec('BEGIN IMMEDIATE');
    const result = work(sql);
    sql.exec('COMMIT');
    return result;
  } finally {
    sql.close();
  }
}

function note(sql: DatabaseSync, kind: string, target: string): void {
  new AuditTable(sql).add({ at: now, kind, actor: 'operator', target });
}

function rightsOf(text: string): Right[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !RIGHTS.some((right) => right === name));
  if (unknown !== undefined) refuse(usage, `"${unknown}" is no right: there are ${RIGHTS.join(', ')}.`);
  return RIGHTS.filter((right) => names.includes(right));
}

/** In milliseconds. */
function durationOf(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const duration = Number(count) * (UNITS[unit] ?? Number.NaN);
  return Number.isNaN(duration) ? refuse(usage, `${option} must be a duration as 30m, 12h or 7d.`) : duration;
}

function sentence({ id, name, rights, roomPrefix, createdAt, expiresAt, revokedAt }: ApiKeyRecord): string {
  const date = (ms: number) => new Date(ms).toISOString();
  const parts = [
    `rights=${rights.join(',')}`,
    ...(roomPrefix === '' ? [] : [`room-prefix=${JSON.stringify(roomPrefix)}`]),
    `created=${date(createdAt)}`,
    ...(expiresAt === undefined ? [] : [`expires=${date(expiresAt)}`]),
    ...(revokedAt === undefined ? [] : [`revoked=${date(revokedAt)}`]),
  ];
  return [id, JSON.stringify(name), ...parts].join(' ');
}
