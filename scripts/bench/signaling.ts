/**
 * `npm run bench:signaling`: joins, requests and events a second, and memory for each idle peer, for peers without media. It
 * appends to `docs/benchmarks.md`. Options: `--counts 100,1000,5000`, and `--no-write`.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { usageOf, withWorkers } from '../load/processes.ts';
import { quantiles } from '../load/report.ts';
import { capabilitiesOf } from '../load/run.ts';
import { appendEntry, environment } from './document.ts';
import { startServerProcess } from './server-process.ts';
import { SignalingCrowd, type Timing } from './signaling-crowd.ts';

/** A call, and a large room. */
const ROOM_SIZES = [20, 200];
const EVENTS_PER_SECOND = 20_000;
const WARM_UP_JOINS = 200;
const MEASURE_MS = 4000;
/** Until the server has done what a join leaves behind. */
const SETTLE_MS = 3000;
/** Limits that one address or one user would reach here, and nobody else. */
const VARIABLES = { CHAT_PER_MINUTE: '100000', MESSAGES_PER_SECOND: '10000', MESSAGE_BURST: '100000' };

const { values } = parseArgs({
  options: {
    counts: { type: 'string', default: '100,1000,5000' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const load = loadavg()[0] ?? 0;
const rows: string[] = [];
for (const count of values.counts.split(',').map(Number)) {
  for (const roomSize of ROOM_SIZES.filter((size) => size <= count))
    rows.push(await measure(count, roomSize));
}
const entry = `## Signalling, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:signaling\`, peers without media, all of one process. ${environment('none', [load, loadavg()[0] ?? 0])}, one media worker.
32 joins or requests are under way at the same time. A join is from the opening of the socket to its answer, with both transports of the
peer; a request is a \`ping\`; events are chat messages, ${EVENTS_PER_SECOND.toLocaleString('en')} a second to all rooms together, from sending to arrival. CPU is of the
server's Node and its worker; memory is what each peer that has joined and does nothing adds to them.

| peers | in rooms of | joins/s | p99 | CPU a join, Node + worker | requests/s | p99 | CPU a request | events/s | p99 | Node's CPU, cores | memory a peer, Node + worker |
|---|---|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
console.log(entry);
if (values.write) await appendEntry(entry);

async function measure(count: number, roomSize: number): Promise<string> {
  const server = await startServerProcess(VARIABLES);
  try {
    const router = await capabilitiesOf(server.url);
    await warmUp(new SignalingCrowd(server, router, roomSize));
    const crowd = new SignalingCrowd(server, router, roomSize);
    const processes = withWorkers(server.pid);
    const use = () => processes.map(({ pid }) => usageOf(pid) ?? { cpu: 0, memory: 0 });
    const start = use();
    const joins = await crowd.join(count);
    const joined = use();
    await sleep(SETTLE_MS);
    const idle = use();
    const requests = await crowd.ask(MEASURE_MS);
    const asked = use();
    const events = await crowd.talk(EVENTS_PER_SECOND, MEASURE_MS);
    const talked = use();
    await crowd.close();
    const difference = (from: typeof start, to: typeof start, of: 'cpu' | 'memory') =>
      to.map((usage, at) => usage[of] - (from[at]?.[of] ?? 0));
    const cpuOfJoin = difference(start, joined, 'cpu').map(
      (cpu) => `${((1000 * cpu) / count).toFixed(2)} ms`,
    );
    const memory = difference(start, idle, 'memory').map(
      (bytes) => `${Math.round(bytes / count / 1024)} KiB`,
    );
    const [cpuOfAsking = 0] = difference(idle, asked, 'cpu');
    const [cpuOfTalking = 0] = difference(asked, talked, 'cpu');
    const row = [
      '',
      count.toLocaleString('en'),
      roomSize,
      ...columns(joins),
      cpuOfJoin.join(' + '),
      ...columns(requests),
      `${((1000 * cpuOfAsking) / requests.ms.length).toFixed(3)} ms`,
      ...columns(events),
      (cpuOfTalking / (MEASURE_MS / 1000)).toFixed(2),
      memory.join(' + '),
      '',
    ];
    console.log(row.join(' | '));
    return row.join(' | ').trim();
  } finally {
    await server.close();
  }
}

/** So that the code is compiled when it counts. */
async function warmUp(crowd: SignalingCrowd): Promise<void> {
  await crowd.join(WARM_UP_JOINS);
  await crowd.close();
  await sleep(1000);
}

function columns({ perSecond, ms }: Timing): string[] {
  return [Math.round(perSecond).toLocaleString('en'), `${quantiles(ms).p99?.toFixed(1)} ms`];
}
