/**
 * `npm run bench:abuse`: a guest in a room of 100 sends each kind of request as fast as the server takes it. It appends to
 * `docs/benchmarks.md` what that costs the server and the others. Options: `--peers 100`, `--seconds 10`, and `--no-write`.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Method } from '../../src/protocol/methods.ts';
import { tokenOf } from '../../tests/support/door.ts';
import { track } from '../../tests/support/media.ts';
import { RawClient, Refused } from '../../tests/support/raw-client.ts';
import { serverProcesses, usageOf } from '../load/processes.ts';
import { appendEntry, environment } from './document.ts';
import { restartableServer } from './restartable-server.ts';

/** Sends one round of requests. */
type Abuse = (guest: RawClient, round: number) => Promise<unknown>[];

const mic = track('mic');
const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [peers, seconds] = [Number(values.peers), Number(values.seconds)];

const abuses: Readonly<Record<string, Abuse>> = {
  nothing: () => [],
  'setMetadata, 4 kB': (guest, round) => [
    ask(guest, 'setMetadata', { metadata: { text: 'x'.repeat(4000), round } }),
  ],
  setHandRaised: (guest, round) => [ask(guest, 'setHandRaised', { raised: round % 2 === 0 })],
  'produce and closeProducer': (guest) => {
    const camera = track('camera');
    return [ask(guest, 'produce', camera), ask(guest, 'closeProducer', { id: camera.id })];
  },
  'pauseProducer and resumeProducer': (guest, round) => [
    ...(round === 0 ? [ask(guest, 'produce', mic)] : []),
    ask(guest, round % 2 === 0 ? 'pauseProducer' : 'resumeProducer', { id: mic.id }),
  ],
  'produceData and closeDataProducer': (guest, round) => {
    const id = crypto.randomUUID();
    const channel = { id, reliability: 'lossy', streamId: round % 1000 };
    return [ask(guest, 'produceData', channel), ask(guest, 'closeDataProducer', { id })];
  },
  'chat, 2 kB': (guest) => [ask(guest, 'chat', { text: 'x'.repeat(2000) })],
  restartIce: (guest) => [ask(guest, 'restartIce', { transport: 'send' })],
  'pings of the WebSocket': (guest) => {
    guest.socket.ping();
    return [];
  },
};

/** What one user sends from several sessions too: the limits are the user's. */
const FROM_MANY: ReadonlySet<string> = new Set([
  'setMetadata, 4 kB',
  'produce and closeProducer',
  'chat, 2 kB',
]);
/** The default of `MAX_PEERS_PER_USER`. */
const MANY = 10;

const load = loadavg()[0] ?? 0;
const server = await restartableServer({ CONNECTIONS_PER_MINUTE: '100000' });
try {
  const rows = await measureAll();
  const entry = report(rows);
  console.log(`\n${entry}`);
  if (values.write) await appendEntry(entry);
} finally {
  await server.close();
}

async function measureAll(): Promise<string[][]> {
  let bytes = 0;
  for (let n = 0; n < peers; n++) {
    const client = await join(`peer-${n}`, 'viewer');
    client.socket.on('message', (data: Buffer) => {
      bytes += data.length;
    });
  }
  const rows: string[][] = [];
  const attempts = Object.entries(abuses).flatMap(([what, abuse]) => [
    { what, abuse, sessions: 1 },
    ...(FROM_MANY.has(what) ? [{ what: `${what}, ${MANY} sessions`, abuse, sessions: MANY }] : []),
  ]);
  for (const { what, abuse, sessions } of attempts) {
    const user = `guest-${rows.length}`;
    // One after the other: a user may have few sockets that have not joined yet.
    const guests: RawClient[] = [];
    while (guests.length < sessions) guests.push(await join(user, 'guest'));
    const before = { cpu: cpuSeconds(), bytes, at: performance.now() };
    const runs = await Promise.all(guests.map((guest) => run(guest, abuse)));
    const sent = runs.reduce((sum, each) => sum + each.sent, 0);
    const refused = runs.reduce((sum, each) => sum + each.refused, 0);
    const took = (performance.now() - before.at) / 1000;
    const core = (100 * (cpuSeconds() - before.cpu)) / took;
    const megabytes = (bytes - before.bytes) / took / 1e6;
    rows.push([what, `${sent}`, `${refused}`, `${core.toFixed(1)} %`, megabytes.toFixed(2)]);
    for (const guest of guests) guest.socket.terminate();
  }
  return rows;
}

function join(user_id: string, user_type: string): Promise<RawClient> {
  const token = tokenOf({ room: 'abuse', user_id, user_type });
  return RawClient.join({ url: server.direct, token: () => token });
}

/** Sends 45 rounds a second, just below what closes a socket. */
async function run(guest: RawClient, abuse: Abuse): Promise<{ sent: number; refused: number }> {
  let [sent, refused] = [0, 0];
  const end = performance.now() + seconds * 1000;
  for (let round = 0; performance.now() < end; round++) {
    const requests = abuse(guest, round);
    sent += requests.length;
    for (const request of requests) {
      request.catch((error: unknown) => {
        if (error instanceof Refused) refused++;
      });
    }
    await sleep(requests.length > 1 ? 45 : 22);
  }
  return { sent, refused };
}

function ask(guest: RawClient, method: Method, params: unknown): Promise<unknown> {
  return guest.request(method, params as never);
}

/** Of the server and its media worker. */
function cpuSeconds(): number {
  const port = Number(new URL(server.direct).port);
  return serverProcesses(port).reduce((sum, { pid }) => sum + (usageOf(pid)?.cpu ?? 0), 0);
}

function report(rows: readonly string[][]): string {
  return `## One guest against a room, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:abuse\`: a guest in a room of ${peers} without media sends each kind of request some 45 times a second for ${seconds} s.
CPU is that of the server and its media worker together, of one core; the bytes are those of frames to all others.
${environment('not used', [load, loadavg()[0] ?? 0])}.

| what the guest sends | requests | refused | CPU | MB/s to the others |
|---|---|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}
