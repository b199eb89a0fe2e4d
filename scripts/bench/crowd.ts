/**
 * `npm run bench:crowd`: the server's part of a join, as its own metric tells it, when 20 peers join a room in the same second,
 * each with a microphone and a camera. It appends to `docs/benchmarks.md`. Options: `--runs 7`, `--peers 20`, and `--no-write`.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { track } from '../../tests/support/media.ts';
import { RawClient } from '../../tests/support/raw-client.ts';
import { appendEntry, environment } from './document.ts';
import { restartableServer } from './restartable-server.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    peers: { type: 'string', default: '20' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [runs, peers] = [Number(values.runs), Number(values.peers)];
const load = loadavg()[0] ?? 0;
const server = await restartableServer();
await crowd('warm-up');
const before = await buckets();
for (let run = 0; run < runs; run++) await crowd(`crowd-${run}`);
const after = await buckets();
await server.close();

const counts = new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
const entry = `## A crowd, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:crowd\`, ${runs} runs of ${peers} peers that join an empty room within a second, each with a microphone and a camera.
${environment('none', [load, loadavg()[0] ?? 0])}. The server's part of a join (\`aq_join_server_seconds\`: from the upgrade to the welcome, and from the
join request to its answer) is at most ${quantile(0.5)} at the median and ${quantile(0.99)} at the 99th percentile, of ${counts.get(Infinity)} joins.
`;
console.log(entry);
if (values.write) await appendEntry(entry);

/** They come at times spread over a second, and leave together. */
async function crowd(room: string): Promise<void> {
  const clients = await Promise.all(
    Array.from({ length: peers }, async (_, index) => {
      await sleep((1000 * index) / peers);
      const client = await RawClient.open({
        url: server.url,
        token: () => server.token(`user-${index}`, room),
      });
      await Promise.all([
        client.joinRoom(),
        client.request('produce', track('mic')),
        client.request('produce', track('camera')),
      ]);
      return client;
    }),
  );
  await Promise.all(clients.map((client) => client.close()));
  await sleep(500);
}

/** How many joins took at most so many seconds, since the start. */
async function buckets(): Promise<Map<number, number>> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const lines = text.matchAll(/^aq_join_server_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm);
  return new Map(
    [...lines].map(([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)]),
  );
}

/** The least bound that so large a share of the joins was within. */
function quantile(share: number): string {
  const all = counts.get(Infinity) ?? 0;
  const found = [...counts].find(([, count]) => count >= share * all);
  return found ? `${found[0] * 1000} ms` : 'unknown';
}
