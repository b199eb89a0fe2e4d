/**
 * `npm run bench:forward`: how many packets a second and core are forwarded at the knee, where loss stays under 0.1 % and the
 * 99th percentile of the latency under 20 ms: by the whole server, and by a media worker alone. It appends to
 * `docs/benchmarks.md`. Options: `--only TEXT` for the cases whose name has it, `--targets server,worker`, `--realtime` where other
 * programs use the machine too (as root), and `--no-write`.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ensurePeer } from '../load/build-peer.js';
import { type Rates, ratesBetween, sample } from '../load/sampler.ts';
import { appendEntry, environment } from './document.ts';
import { bareWorker } from './forward-bare.ts';
import { janus } from './forward-janus.ts';
import { wholeServer } from './forward-product.ts';
import type { RoomShape, Target } from './forward-target.ts';
import { pin } from './pinning.ts';

const MAX_LOSS = 0.001;
const MAX_P99_MS = 20;
/** Each step has so many times the packets of the last one. */
const STEP = 1.2;
const MAX_STEPS = 12;
/** After the last join. */
const SETTLE_MS = 1500;
const MEASURE_MS = 3000;
/** A machine has other things to do now and then: a step fails when it fails as often as this. */
const TRIES = 2;
/** Per stream and second. */
const PACKETS = { audio: 50, video: 70 };
const BITRATE = 600_000;

interface Case {
  readonly name: string;
  readonly shape: RoomShape;
}

/** The last step before the knee. */
interface Knee {
  readonly rates: Rates;
  readonly rooms: number;
  /** Why the next step failed. */
  readonly end: string;
}

const CASES: Case[] = (['audio', 'video'] as const).flatMap((kind) => [
  { name: `1→49, ${kind}`, shape: { kind, publishers: 1, viewers: 49, bitrate: BITRATE } },
  { name: `8→8, ${kind}`, shape: { kind, publishers: 8, viewers: 0, bitrate: BITRATE } },
]);
const TARGETS: Record<string, (program: string) => Promise<Target>> = {
  server: wholeServer,
  worker: bareWorker,
  janus,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    targets: { type: 'string', default: 'server,worker' },
    realtime: { type: 'boolean', default: false },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const program = await ensurePeer();
const load = loadavg()[0] ?? 0;
const rows: string[] = [];
let pinned = false;
for (const { name, shape } of CASES.filter(({ name }) => name.includes(values.only))) {
  for (const key of values.targets.split(',')) {
    const target = await TARGETS[key]?.(program);
    if (!target) throw new Error(`there is no target ${key}`);
    try {
      pinned = pin(target, values.realtime);
      rows.push(row(name, target, await findKnee(target, shape)));
      console.log(rows.at(-1));
    } finally {
      await target.close();
    }
  }
}
const entry = `## Forwarding, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:forward\`: rooms of simulated peers (\`npm run load\`), more of them until more than ${100 * MAX_LOSS} % of the packets are lost or the
99th percentile of the latency reaches ${MAX_P99_MS} ms; the step before that. ${environment('none', [load, loadavg()[0] ?? 0])}, one media worker${pinned ? ' on a core of its own' : ''}.
\`1→49\` are rooms in which one publishes and 49 receive, \`8→8\` rooms in which 8 receive each other; audio has 50 packets a second, video 600 kbit/s.

| rooms of | forwarded by | rooms | packets/s | Mbit/s | CPU, cores | packets/s and core | latency median, p99 | generator, cores | the next step |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
console.log(`\n${entry}`);
if (values.write) await appendEntry(entry);

/** Adds rooms until it is too much. */
async function findKnee(target: Target, shape: RoomShape): Promise<Knee | undefined> {
  let knee: Omit<Knee, 'end'> | undefined;
  for (let step = 0, rooms = 0; step < MAX_STEPS; step++) {
    const packets = target.firstPackets * STEP ** step;
    while (rooms * packetsOf(shape) < packets) {
      await target.addRoom(shape);
      rooms++;
    }
    await sleep(SETTLE_MS);
    const rates = await measure(target);
    console.log(`  ${target.name}, ${rooms} rooms: ${summary(rates)}`);
    if (!isFine(rates)) return knee && { ...knee, end: summary(rates) };
    knee = { rates, rooms };
  }
  return knee && { ...knee, end: 'not tried' };
}

/** The best of some tries. */
async function measure(target: Target): Promise<Rates> {
  for (let left = TRIES - 1; ; left--) {
    const from = await sample(target.generator, target.processes);
    await sleep(MEASURE_MS);
    const to = await sample(target.generator, target.processes);
    const rates = ratesBetween(from, to, target.processes);
    if (isFine(rates) || left === 0) return rates;
  }
}

function isFine({ lossRatio, latencyMs }: Rates): boolean {
  return lossRatio < MAX_LOSS && (latencyMs.p99 ?? Infinity) < MAX_P99_MS;
}

/** Forwarded each second, about. */
function packetsOf({ kind, publishers, viewers }: RoomShape): number {
  return publishers * (publishers - 1 + viewers) * PACKETS[kind];
}

function coresOf({ server }: Rates): number {
  return server.reduce((sum, { cpu }) => sum + cpu, 0);
}

function summary(rates: Rates): string {
  const { received, lossRatio, latencyMs } = rates;
  const cores = rates.server.map(({ name, cpu }) => `${name} ${cpu.toFixed(2)}`).join(' + ');
  return `${count(received.packetsPerSecond)} packets/s, ${cores} cores, ${(100 * lossRatio).toFixed(2)} % lost, p99 ${latencyMs.p99?.toFixed(1)} ms`;
}

function row(name: string, target: Target, knee: Knee | undefined): string {
  if (!knee) return `| ${name} | ${target.name} | none of the steps |`;
  const { rates, rooms, end } = knee;
  const { received, latencyMs, clientCpu } = rates;
  return [
    '',
    name,
    target.name,
    rooms,
    count(received.packetsPerSecond),
    Math.round(received.bitsPerSecond / 1e6),
    coresOf(rates).toFixed(2),
    count(received.packetsPerSecond / coresOf(rates)),
    `${latencyMs.median?.toFixed(1)} ms, ${latencyMs.p99?.toFixed(1)} ms`,
    clientCpu.toFixed(2),
    end,
    '',
  ]
    .join(' | ')
    .trim();
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
