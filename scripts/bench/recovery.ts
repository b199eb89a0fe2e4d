/**
 * `npm run bench:recovery`: how long media stands still when one of the two workers of a room is killed, with simulated peers. What
 * happens to a call when its only worker, its socket, its way for media or its server is lost is measured by `bench:faults`, in browsers. It
 * appends to `docs/benchmarks.md`. Options: `--runs 7`, and `--no-write`.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MediaNetwork, MediaPeer } from '../../tests/support/media-peer.ts';
import { startServer } from '../../tests/support/server.ts';
import { ensurePeer } from '../load/build-peer.js';
import { appendEntry, environment } from './document.ts';
import { spreadOf } from './statistics.ts';

interface Recovery {
  /** The longest time without a packet of a stream that has nothing to do with the worker. */
  readonly gapMs: number;
  /** From the death until a peer that was on the worker receives again. */
  readonly receivesMs: number;
  /** From the death until what such a peer publishes again arrives on the other worker. */
  readonly publishesMs: number;
}

/** How often packets are counted, in milliseconds. */
const STEP_MS = 10;
const WATCHED_MS = 3000;
/** Each worker is full with one peer: they take turns. */
const VARIABLES = { MEDIA_WORKERS: '2', MAX_CONSUMERS_PER_WORKER: '1' };

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '7' }, write: { type: 'boolean', default: true } },
  allowNegative: true,
});
const program = await ensurePeer();
const loads = [loadavg()[0] ?? 0];
const recoveries: Recovery[] = [];
for (let run = 0; run < Number(values.runs); run++) recoveries.push(await measure());
loads.push(loadavg()[0] ?? 0);
const entry = `## Recovery, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:recovery\`: a room on two workers, two simulated peers on each, one of the workers is killed; ${values.runs} runs; milliseconds. ${environment('none', loads)}.
Video of 30 frames a second, so that 33 ms without a packet are none. \`bench:faults\` has the other faults.

| one of two workers killed | median | worst |
|---|---|---|
${row('longest gap of a stream between peers on the other worker', (one) => one.gapMs)}
${row('until a peer that was on it receives the others', (one) => one.receivesMs)}
${row('until the others receive what it publishes again', (one) => one.publishesMs)}
`;
console.log(entry);
if (values.write) await appendEntry(entry);

function row(name: string, of: (recovery: Recovery) => number): string {
  const spread = spreadOf(recoveries.map(of));
  return `| ${name} | ${spread?.median.toFixed(0)} | ${spread?.max.toFixed(0)} |`;
}

async function measure(): Promise<Recovery> {
  const server = await startServer(VARIABLES);
  const network = await MediaNetwork.open(server, program);
  try {
    const peers: MediaPeer[] = [];
    for (const user_id of ['ann', 'bob', 'eve', 'joe']) {
      peers.push(await MediaPeer.join(server, network, server.token({ user_id, user_type: 'host' })));
    }
    const sides = [...Map.groupBy(peers, ({ port }) => port).values()];
    const ids = await Promise.all(sides.map(([first]) => publish(first)));
    const receivers = await Promise.all(sides.map(([, second], side) => receive(second, ids[side])));
    await sleep(1000);
    process.kill(server.app.workers.pids()[0] ?? 0, 'SIGKILL');
    const from = performance.now();
    const lost = await Promise.race(
      sides.map(async ([first], side) => {
        await first?.client.next('mediaReset');
        return side;
      }),
    );
    const kept = 1 - lost;
    const [gapMs, back] = await Promise.all([
      longestGap(network, receivers[kept] ?? 0),
      comeBack(network, from, sides[lost]?.[0], { witness: sides[kept]?.[0], kept: ids[kept] ?? '' }),
    ]);
    return { gapMs, ...back };
  } finally {
    await network.close();
    await server.close();
  }
}

async function publish(peer: MediaPeer | undefined): Promise<string> {
  return (await peer?.publish('video')) ?? '';
}

async function receive(peer: MediaPeer | undefined, id = ''): Promise<number> {
  return (await peer?.receive(id)) ?? 0;
}

async function longestGap(network: MediaNetwork, receiver: number): Promise<number> {
  let [packets, at, longest] = [0, performance.now(), 0];
  for (const end = at + WATCHED_MS; performance.now() < end; await sleep(STEP_MS)) {
    const now = await network.packets(receiver);
    if (now === packets) continue;
    if (packets > 0) longest = Math.max(longest, performance.now() - at);
    [packets, at] = [now, performance.now()];
  }
  return Math.max(longest, performance.now() - at);
}

async function comeBack(
  network: MediaNetwork,
  from: number,
  peer: MediaPeer | undefined,
  { witness, kept }: { witness: MediaPeer | undefined; kept: string },
): Promise<Pick<Recovery, 'receivesMs' | 'publishesMs'>> {
  await peer?.restore();
  const publishing = publish(peer).then((id) => receive(witness, id));
  const receivesMs = await untilPacket(network, await receive(peer, kept), from);
  const publishesMs = await untilPacket(network, await publishing, from);
  return { receivesMs, publishesMs };
}

async function untilPacket(network: MediaNetwork, receiver: number, from: number): Promise<number> {
  while ((await network.packets(receiver)) === 0) await sleep(STEP_MS);
  return performance.now() - from;
}
