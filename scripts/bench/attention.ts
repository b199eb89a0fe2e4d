/**
 * `npm run bench:attention`: how many bytes a peer receives that says what it shows, against one that receives everything. It
 * appends to `docs/benchmarks.md`. Option: `--no-write`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ensurePeer } from '../load/build-peer.js';
import { Generator } from '../load/generator.ts';
import { type Environment, type ExpectedStream, LoadPeer, type Plan } from '../load/peer.ts';
import { capabilitiesOf } from '../load/run.ts';
import { appendEntry, environment } from './document.ts';
import { startServerProcess } from './server-process.ts';
import { Arrivals } from './watcher.ts';

/** Of the largest layer, in bits per second: the shares do not depend on it. */
const BITRATE = 400_000;
/** The page's window, in pixels. */
const WINDOW = { width: 1280, height: 720 };
const CASES = [
  { peers: 25, shown: 9, target: 0.2 },
  { peers: 100, shown: 25, target: 0.05 },
];
const MEASURE_MS = 5000;
const PATIENCE_MS = 60_000;

const { values } = parseArgs({ options: { write: { type: 'boolean', default: true } }, allowNegative: true });
const load = loadavg()[0] ?? 0;
const program = await ensurePeer();
const rows: string[] = [];
for (const { peers, shown, target } of CASES) rows.push(await measure(peers, shown, target));
const entry = `## Attention, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:attention\`. ${environment('none', [load, loadavg()[0] ?? 0])}, one media worker. Everybody sends a camera in three simulcast
layers, and one peer watches: first everything as it is sent, then with a window of ${WINDOW.width}×${WINDOW.height} pixels, divided into equal
tiles of which the others are out of sight. Bytes are those of RTP packets.

| peers | tiles shown | everything | what is shown | share | at most |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
console.log(entry);
if (values.write) await appendEntry(entry);

async function measure(peers: number, shown: number, target: number): Promise<string> {
  const server = await startServerProcess({ MAX_OUTGOING_BITRATE: '1000000000' });
  const generator = await Generator.start(program);
  try {
    const router = await capabilitiesOf(server.url);
    const streams: ExpectedStream[] = [];
    const { url, makeToken } = server;
    const at: Environment = { url, generator, router, makeToken, onStream: (stream) => streams.push(stream) };
    const publishers: LoadPeer[] = [];
    for (let index = 1; index < peers; index++)
      publishers.push(await LoadPeer.join(at, planOf(`peer-${index}`, ['video'], false)));
    streams.length = 0;
    const watcher = await LoadPeer.join(at, planOf('watcher', [], true));
    const arrivals = new Arrivals(generator);
    const rate = async (ms: number) => {
      const arrived = await arrivals.of(streams, ms);
      return (8000 * arrived.reduce((sum, { bytes }) => sum + bytes, 0)) / ms;
    };
    const everything = await settled(rate, (bitrate) => bitrate > 0.9 * BITRATE * (peers - 1));
    const ids = publishers.flatMap(({ producerIds }) => producerIds);
    const size = tileSize(shown);
    await watcher.client.request('updateSubscriptions', {
      views: ids.map((producerId, index) => ({ producerId, visible: index < shown, ...size })),
    });
    const attended = await settled(rate, (bitrate) => bitrate < everything / 2);
    const share = attended / everything;
    const mbit = (bitrate: number) => `${(bitrate / 1e6).toFixed(2)} Mbit/s`;
    return `| ${[peers, shown, mbit(everything), mbit(attended), share.toFixed(3), target].join(' | ')} |`;
  } finally {
    await generator.close();
    await server.close();
  }
}

/** What arrives in a second when it has come into its range and does not change much any more; then it is measured for longer. */
async function settled(
  rate: (ms: number) => Promise<number>,
  isInRange: (bitrate: number) => boolean,
): Promise<number> {
  for (let last = 0, end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    const now = await rate(1000);
    if (isInRange(now) && Math.abs(now - last) < 0.05 * now) return await rate(MEASURE_MS);
    last = now;
  }
  throw new Error('what arrives has not become steady');
}

function planOf(userId: string, publish: Plan['publish'], subscribe: boolean): Plan {
  const media = { simulcast: true, bitrate: BITRATE, speaking: false, dtx: false };
  return { room: 'attention', userId, publish, ...media, rules: [{ subscribe }] };
}

/** Of as many equal tiles of 16 by 9 as are shown. */
function tileSize(shown: number): { width: number; height: number } {
  const columns = Math.ceil(Math.sqrt(shown));
  return { width: Math.floor(WINDOW.width / columns), height: Math.floor(WINDOW.height / columns) };
}
