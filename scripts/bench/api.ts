/** `npm run bench:api`: requests a second and their times, of the backends' API. `scripts/commands.js` has its options. */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { createApiKey } from '../../src/auth/api-key-table.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { COMMANDS } from '../commands.js';
import { parseOptions } from '../options.ts';
import { appendEntry, environment } from './document.ts';
import { startServerProcess } from './server-process.ts';

const { values } = parseOptions(COMMANDS['bench:api'].usage, {
  options: {
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [seconds, connections] = [Number(values.seconds), Number(values.connections)];
const load = loadavg()[0] ?? 0;

const CASES = [
  { name: 'read a room', method: 'GET', path: '/api/v1/rooms/meeting', body: undefined },
  { name: 'list rooms', method: 'GET', path: '/api/v1/rooms', body: undefined },
  { name: 'mint a token', method: 'POST', path: '/api/v1/tokens', body: { room: 'meeting', user_id: 'ann' } },
  { name: 'set a room', method: 'PUT', path: '/api/v1/rooms/meeting', body: { metadata: { title: 'x' } } },
] as const;

const dataDir = mkdtempSync(join(tmpdir(), 'aq-bench-'));
const sql = openSqlite(join(dataDir, 'aq-server.db'), migrations, 1000);
const newKey = { name: 'bench', rights: ['admin' as const], roomPrefix: '', expiresAt: undefined };
const key = createApiKey(sql, newKey, Date.now());
sql.close();
const server = await startServerProcess({
  DATA_DIR: dataDir,
  API_REQUESTS_PER_MINUTE: '1000000',
  LOG_LEVEL: 'warn',
});
const pool = new Pool(server.url, { connections });
const rows: string[] = [];
for (const one of CASES) {
  await run(one, 1);
  rows.push(row(one.name, await run(one, seconds)));
}
await pool.close();
await server.close();
rmSync(dataDir, { recursive: true, force: true });

const entry = `## The backends' API, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:api\`, ${connections} connections that ask one request after the other for ${seconds} s each.
${environment('not used', [load, loadavg()[0] ?? 0])}. The server is a process of its own on the same machine as the client. What changes something
is answered when it is on disk.

| | requests a second | median ms | 99 % ms |
|---|---|---|---|
${rows.join('\n')}
`;
console.log(`\n${entry}`);
if (values.write) await appendEntry(entry);

/** The times of all requests, in milliseconds. */
async function run({ method, path, body }: (typeof CASES)[number], forSeconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + forSeconds * 1000;
  const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) };
  const loop = async () => {
    while (performance.now() < end) {
      const began = performance.now();
      const answer = await pool.request({ method, path, headers, body: body ? JSON.stringify(body) : null });
      await answer.body.dump();
      if (answer.statusCode > 299) throw new Error(`${path} answered ${answer.statusCode}`);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return times;
}

function row(name: string, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * sorted.length)] ?? Number.NaN).toFixed(1);
  return `| ${name} | ${Math.round(times.length / seconds)} | ${at(0.5)} | ${at(0.99)} |`;
}
