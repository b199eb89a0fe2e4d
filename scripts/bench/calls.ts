/**
 * `npm run bench:calls`: one agent reads `GET /api/v1/calls` 100 times a second while 100,000 events are stored. It appends to
 * `docs/benchmarks.md` how long a read takes and how long the server's event loop is held up. Options: `--events 100000`,
 * `--rate 100`, `--seconds 10`, and `--no-write`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { Database } from '../../src/store/database.ts';
import { CallEvents } from '../../src/telephony/call-events.ts';
import { agentToken } from '../../tests/support/agent.ts';
import { callEvents, callIds } from '../../tests/support/telnyx/webhooks.ts';
import { appendEntry, environment } from './document.ts';
import { type RestartableServer, restartableServer } from './restartable-server.ts';

/** Events that are handed to the database at once. */
const BATCH = 1000;
/** Lets every agent of the bench read as often as it likes. */
const NO_LIMIT = '1000000';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [events, rate, seconds] = [Number(values.events), Number(values.rate), Number(values.seconds)];
const load = loadavg()[0] ?? 0;
const folder = await mkdtemp(join(tmpdir(), 'aq-bench-calls-'));
await store();
const server = await restartableServer({
  DATA_DIR: folder,
  REQUESTS_PER_MINUTE: NO_LIMIT,
  USER_REQUESTS_PER_MINUTE: NO_LIMIT,
});
try {
  const rows = [
    await measure('all calls', undefined),
    await measure('those of one number', { numbers: ['+15550000007'] }),
    await measure('those of a number that no call has', { numbers: ['+15559999999'] }),
  ];
  const entry = report(rows);
  console.log(`\n${entry}`);
  if (values.write) await appendEntry(entry);
} finally {
  await server.close();
  await rm(folder, { recursive: true });
}

/** Calls of four events each, to a thousand numbers. */
async function store(): Promise<void> {
  const database = Database.open({ file: join(folder, 'aq-server.db'), logger: pino({ level: 'silent' }) });
  const stored = new CallEvents(database);
  let waiting: Promise<boolean>[] = [];
  for (let call = 0; call < events / 4; call++) {
    const to = `+1555${String(call % 1000).padStart(7, '0')}`;
    for (const { data } of callEvents(callIds())) {
      const { id, event_type: type, occurred_at: occurredAt, payload } = data;
      waiting.push(stored.store({ id, type, occurredAt, payload: { ...payload, to } }));
    }
    if (waiting.length < BATCH) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  stored.close();
  database.close();
}

interface Measured {
  who: string;
  /** Milliseconds from when a read was due to its answer. */
  reads: number[];
  /** Bytes of an answer. */
  bytes: number;
  /** Of the event loop, in milliseconds. */
  lag: { p99: number; max: number };
  cpuSeconds: number;
}

async function measure(who: string, calls: { numbers: string[] } | undefined): Promise<Measured> {
  const headers = { authorization: `Bearer ${agentToken({ ...(calls && { calls }) })}` };
  const before = await readMetrics(server); // which begins a new measurement of the lag
  const start = performance.now();
  let bytes = 0;
  const reads = Array.from({ length: rate * seconds }, async (_, n) => {
    const due = start + (n * 1000) / rate;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    const response = await fetch(`${server.direct}/api/v1/calls`, { headers });
    if (!response.ok) throw new Error(`a read was answered ${response.status}`);
    bytes = (await response.bytes()).length;
    return performance.now() - due;
  });
  const took = await Promise.all(reads);
  const after = await readMetrics(server);
  return { who, reads: took, bytes, lag: after.lag, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
}

async function readMetrics({ metrics }: RestartableServer) {
  const text = await metrics();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  return {
    cpuSeconds: read('process_cpu_seconds_total'),
    lag: {
      p99: 1000 * read('nodejs_eventloop_lag_p99_seconds'),
      max: 1000 * read('nodejs_eventloop_lag_max_seconds'),
    },
  };
}

function report(rows: readonly Measured[]): string {
  const lines = rows.map(({ who, reads, bytes, lag, cpuSeconds }) => {
    const sorted = reads.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
    const times = [at(0.5), at(0.99), at(1), lag.p99, lag.max].map((ms) => ms.toFixed(1));
    return `| ${[who, ...times, `${((100 * cpuSeconds) / seconds).toFixed(0)} %`, bytes].join(' | ')} |`;
  });
  return `## Reading calls, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:calls\`: one agent reads \`GET /api/v1/calls\` ${rate} times a second for ${seconds} s, with ${events} stored events; ms from when
a read was due to its answer, and ms of the server's event loop lag. ${environment('not used', [load, loadavg()[0] ?? 0])}.

| calls | read, median | 99 % | longest | lag, 99 % | longest | of a core | bytes |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`;
}
