/**
 * `npm run bench:webinar`: one room in which three publish and a thousand watch, each with one picture of 150 kbit/s and one sound, on two media
 * workers. It appends to `docs/benchmarks.md`. Options: `--viewers 1000`, `--realtime` where other programs use the machine
 * too (as root), and `--no-write`.
 */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ensurePeer } from '../load/build-peer.js';
import { withWorkers } from '../load/processes.ts';
import type { Report } from '../load/report.ts';
import { runLoad } from '../load/run.ts';
import { appendEntry, environment } from './document.ts';
import { startServerProcess } from './server-process.ts';

const PUBLISHERS = 3;
const BITRATE = 150_000;
const SECONDS = 5;
const JOINS_PER_SECOND = 50;

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '1000' },
    realtime: { type: 'boolean', default: false },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const program = await ensurePeer();
const load = loadavg()[0] ?? 0;
const viewers = Number(values.viewers);
const report = await measure();
const entry = `## Webinar, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:webinar${values.realtime ? ' -- --realtime' : ''}\`: ${PUBLISHERS} publish a camera of ${BITRATE / 1000} kbit/s and a microphone, ${viewers} watch, each one picture and one
sound, on two media workers; ${SECONDS} s after the last of ${JOINS_PER_SECOND} joins a second. ${environment('none', [load, loadavg()[0] ?? 0])}.

| joined | join, median, p99 | packets/s | Mbit/s | lost | latency median, p99 | Node, cores | workers, cores | Node, MiB | workers, MiB | generator, cores |
|---|---|---|---|---|---|---|---|---|---|---|
${row(report)}
`;
console.log(entry);
if (values.write) await appendEntry(entry);

async function measure(): Promise<Report> {
  const server = await startServerProcess({ MEDIA_WORKERS: '2' });
  try {
    if (values.realtime) for (const { pid, name } of withWorkers(server.pid)) if (name !== 'node') hurry(pid);
    return await runLoad({
      program,
      makeToken: server.makeToken,
      onProgress: (line) => console.log(line),
      load: {
        url: server.url,
        rooms: 1,
        peers: PUBLISHERS + viewers,
        publish: ['audio', 'video'],
        publishers: PUBLISHERS,
        receive: 1,
        simulcast: false,
        bitrate: BITRATE,
        speaking: PUBLISHERS,
        dtx: false,
        duration: SECONDS,
        joinRate: JOINS_PER_SECOND,
        churn: 0,
      },
    });
  } finally {
    await server.close();
  }
}

/** Lets a process run before all others of the machine. */
function hurry(pid: number): void {
  execFileSync('chrt', ['--all-tasks', '--fifo', '--pid', '1', String(pid)], { stdio: 'ignore' });
}

function row({ joins, measured }: Report): string {
  const { received, latencyMs, lossRatio, server, clientCpu } = measured;
  const of = (name: string) => server.filter((one) => one.name === name);
  const cpu = (name: string) =>
    of(name)
      .map((one) => one.cpu.toFixed(2))
      .join(' + ');
  const memory = (name: string) =>
    of(name)
      .map((one) => (one.memory / 2 ** 20).toFixed(0))
      .join(' + ');
  const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} ms`);
  return `| ${[
    joins.succeeded,
    `${ms(joins.joinedMs.median)}, ${ms(joins.joinedMs.p99)}`,
    Math.round(received.packetsPerSecond).toLocaleString('en'),
    (received.bitsPerSecond / 1e6).toFixed(0),
    `${(100 * lossRatio).toFixed(2)} %`,
    `${ms(latencyMs.median)}, ${ms(latencyMs.p99)}`,
    cpu('node'),
    cpu('worker'),
    memory('node'),
    memory('worker'),
    clientCpu.toFixed(2),
  ].join(' | ')} |`;
}
