/**
 * `npm run bench:thin`: what a peer with a short line receives in a call of three, and how long until everything is back when
 * the line is. It appends to `docs/benchmarks.md`. Option: `--no-write`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ensurePeer } from '../load/build-peer.js';
import { Client } from '../load/client.ts';
import { Generator } from '../load/generator.ts';
import { type ExpectedStream, LoadPeer, type Plan } from '../load/peer.ts';
import { capabilitiesOf } from '../load/run.ts';
import { appendEntry, environment } from './document.ts';
import { LagProxy } from './lag-proxy.ts';
import { startServerProcess } from './server-process.ts';
import { type Arrival, Arrivals, followDeliveries, lossOf, through } from './watcher.ts';

const FAR = '127.0.0.2';
/** A queue as routers have them, and a way of 40 ms there and back. */
const PATH = { delayMs: 20, queueMs: 300 };
const BITRATE = 1_200_000;
const CASES = [
  { bandwidth: 300_000, speakers: 2, maxLoss: 0.005 },
  { bandwidth: 100_000, speakers: 1, maxLoss: 0.02 },
];
const MEASURE_MS = 20_000;
const PATIENCE_MS = 60_000;

const { values } = parseArgs({ options: { write: { type: 'boolean', default: true } }, allowNegative: true });
const load = loadavg()[0] ?? 0;
const program = await ensurePeer();
const rows: string[] = [];
for (const each of CASES) rows.push(await measure(each));
const entry = `## Thin lines, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:thin\`. ${environment('none', [load, loadavg()[0] ?? 0])}, one media worker. Two peers send a microphone and a camera of ${BITRATE / 1e6} Mbit/s in
three simulcast layers each; the line to the third becomes short, with a queue of ${PATH.queueMs} ms and a round trip of ${2 * PATH.delayMs} ms. "Told" is from
there until the peer was told of both videos; "first seconds" the loss of sound until 3 s after that, "then" for ${MEASURE_MS / 1000} s more;
"back" is from the end of the shortage until nothing gives way any more.

| line | speakers | told | loss of sound, first seconds | then | at most | videos, then | back |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
console.log(entry);
if (values.write) await appendEntry(entry);

async function measure({ bandwidth, speakers, maxLoss }: (typeof CASES)[number]): Promise<string> {
  const server = await startServerProcess();
  const generator = await Generator.start(program);
  const proxies: LagProxy[] = [];
  try {
    const router = await capabilitiesOf(server.url);
    const streams: ExpectedStream[] = [];
    const { url, makeToken } = server;
    const at = { url, generator, router, makeToken, onStream: () => {} };
    for (let index = 0; index < 2; index++)
      await LoadPeer.join(at, planOf(`peer-${index}`, ['audio', 'video'], index < speakers));
    const proxy = await openProxy(
      await mediaPort(url, await makeToken({ room: 'thin', userId: 'probe', userType: 'viewer' })),
    );
    proxies.push(proxy);
    const onStream = (stream: ExpectedStream) => streams.push(stream);
    const far = { ...at, generator: through(generator, proxy, FAR), onStream };
    const watcher = await LoadPeer.join(far, planOf('watcher', [], false));
    const deliveries = followDeliveries(watcher);
    const arrivals = new Arrivals(generator);
    while ((await arrivals.of(streams, 1000)).some(({ packets }) => packets === 0))
      await arrivals.of(streams, 100);
    await arrivals.of(streams, 6000); // until the estimate of the line has settled

    proxy.path = { ...PATH, bandwidth };
    const cutAt = performance.now();
    const first = arrivals.of(streams, 10_000);
    await until(() => deliveries.size === 2);
    const told = performance.now() - cutAt;
    const early = await first;
    const then = await arrivals.of(streams, MEASURE_MS);
    const paused = [...deliveries.values()].filter(({ delivery }) => delivery === 'paused').length;
    proxy.path = PATH;
    const backAt = performance.now();
    await until(() => deliveries.size === 0);
    const back = performance.now() - backAt;
    return `| ${[
      `${bandwidth / 1000} kbit/s`,
      speakers,
      seconds(told),
      percent(lossOf(early, 'audio')),
      percent(lossOf(then, 'audio')),
      percent(maxLoss),
      `${videos(then)}, ${paused} told to be paused`,
      seconds(back),
    ].join(' | ')} |`;
  } finally {
    for (const proxy of proxies) await proxy.close();
    await generator.close();
    await server.close();
  }
}

/** All transports of the server's one worker share it. */
async function mediaPort(url: string, token: string): Promise<number> {
  const client = Client.connect(url, token);
  const { recv } = await client.welcome;
  await client.close();
  return recv.iceCandidates[0]?.port ?? 0;
}

function openProxy(port: number): Promise<LagProxy> {
  return LagProxy.open({ listen: { host: FAR, port: 0 }, target: { host: '127.0.0.1', port }, path: PATH });
}

function planOf(userId: string, publish: Plan['publish'], speaking: boolean): Plan {
  return { room: 'thin', userId, publish, speaking, simulcast: true, bitrate: BITRATE, dtx: true };
}

async function until(isDone: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !isDone(); ) {
    if (performance.now() > end) throw new Error('it takes more than a minute');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function videos(arrivals: readonly Arrival[]): string {
  const of = arrivals.filter(({ kind }) => kind === 'video');
  return of.map(({ bytes }) => `${Math.round((8 * bytes) / MEASURE_MS)} kbit/s`).join(' and ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
