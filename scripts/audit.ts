/** `npm run audit`: prints the audit that the server has stored in `DATA_DIR`. `scripts/commands.js` has its options. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { config as readDotenv } from 'dotenv';
import { type AuditLine, type AuditQuery, readAudit } from '../src/store/audit-table.ts';
import { COMMANDS } from './commands.js';
import { parseOptions, refuse } from './options.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

const { usage } = COMMANDS.audit;
const { values } = parseOptions(usage, {
  options: {
    since: { type: 'string' },
    until: { type: 'string' },
    room: { type: 'string' },
    user: { type: 'string' },
    kind: { type: 'string' },
    limit: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});

const project = resolve(import.meta.dirname, '..');
readDotenv({ path: join(project, '.env'), quiet: true });
const file = join(resolve(project, process.env.DATA_DIR || 'data'), 'aq-server.db');
const wanted = query();
if (existsSync(file)) {
  const sql = new DatabaseSync(file, { readOnly: true });
  for (const line of readAudit(sql, wanted)) console.log(values.json ? JSON.stringify(line) : sentence(line));
  sql.close();
} else {
  console.error(`There is no audit yet: ${file} does not exist. DATA_DIR names its folder.`);
  process.exitCode = 1;
}

function query(): AuditQuery {
  const { since, until, room, user, kind, limit } = values;
  return {
    ...(since !== undefined && { since: timeOf('--since', since) }),
    ...(until !== undefined && { until: timeOf('--until', until) }),
    ...(room !== undefined && { room }),
    ...(user !== undefined && { user }),
    ...(kind !== undefined && { kind }),
    limit: countOf('--limit', limit),
  };
}

function countOf(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  return refuse(usage, `${option} must be a whole number from 1 to 999999999; it is "${text}".`);
}

/** Milliseconds since 1970-01-01 UTC. */
function timeOf(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const time =
    count === undefined ? Date.parse(text) : Date.now() - Number(count) * (UNITS[unit] ?? Number.NaN);
  if (!Number.isNaN(time)) return time;
  return refuse(
    usage,
    `${option} must be a date as 2026-01-31T12:00, or a time ago as 30m, 12h, 7d; it is "${text}".`,
  );
}

function sentence({ at, kind, room, user, actor, target, detail }: AuditLine): string {
  const parts = Object.entries({ room, user, actor, target, ...detail })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [new Date(at).toISOString(), kind, ...parts].join(' ');
}
