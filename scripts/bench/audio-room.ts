/**
 * `npm run bench:audio-room`: what the sound of a room costs the server when everyone is unmuted and three speak, as the room
 * grows; forwarding all beside it for small rooms; and how much of somebody's first words is lost, with hints and without. It
 * appends to `docs/benchmarks.md`. Options: `--peers 10,50,100,200`, `--all 10,50`, and `--no-write`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ensurePeer } from '../load/build-peer.js';
import { runLoad } from '../load/run.ts';
import { measureOnsets, type Onsets } from './audio-onset.ts';
import { appendEntry, environment } from './document.ts';
import { startServerProcess } from './server-process.ts';

const SPEAKING = 3;
const SECONDS = 5;
const JOINS_PER_SECOND = 40;
/** The room in which the onsets are measured. */
const ONSET_PEERS = 60;
/** More microphones than any room has: all are forwarded. */
const NEVER = '100000';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '10,50,100,200' },
    all: { type: 'string', default: '10,50' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const program = await ensurePeer();
const load = loadavg()[0] ?? 0;
const rows: string[] = [];
for (const peers of numbers(values.peers)) await addRow(peers, {});
for (const peers of numbers(values.all)) await addRow(peers, { AUDIO_GATE_ABOVE: NEVER });
const onsets = await measureOnsets(program, ONSET_PEERS);
const entry = `## Sound of large rooms, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:audio-room\`: one room, everyone unmuted, ${SPEAKING} speak; silent microphones send 50 packets a second too, as without DTX. One
media worker, ${SECONDS} s after the last join. ${environment('none', [load, loadavg()[0] ?? 0])}. Packets are those
that the server sends; consumers are those of each listener; memory is that of the processes.

| peers | forwarded | packets/s | for each peer | lost | Node, cores | worker, cores | consumers | Node, MiB | worker, MiB |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

How much of the first words is lost in a room of ${ONSET_PEERS}, in which three others speak: from the first packet that was not silent to the first packet that
arrives. A hint comes 40 ms after the first word, as the SDK needs to hear it; half a round trip comes on top, which is none here.

| | of the last 20 speakers, median | 95 % | others, median | 95 % |
|---|---|---|---|---|
${onsetRow('with hints', onsets.hinted)}
${onsetRow('without hints', onsets.unhinted)}
`;
console.log(entry);
if (values.write) await appendEntry(entry);

function numbers(list: string): number[] {
  return list.split(',').filter(Boolean).map(Number);
}

async function addRow(peers: number, variables: Record<string, string>): Promise<void> {
  const row = await measureRoom(peers, variables);
  console.log(row);
  rows.push(row);
}

async function measureRoom(peers: number, variables: Record<string, string>): Promise<string> {
  const server = await startServerProcess(variables);
  try {
    const report = await runLoad({
      program,
      makeToken: server.makeToken,
      streams: true,
      load: {
        url: server.url,
        rooms: 1,
        peers,
        publish: ['audio'],
        publishers: peers,
        simulcast: false,
        bitrate: 0,
        speaking: SPEAKING,
        dtx: false,
        duration: SECONDS,
        joinRate: JOINS_PER_SECOND,
        churn: 0,
      },
    });
    return roomRow(peers, variables, report);
  } finally {
    await server.close();
  }
}

function roomRow(
  peers: number,
  variables: Record<string, string>,
  { joins, measured, streams = [] }: Awaited<ReturnType<typeof runLoad>>,
): string {
  if (joins.succeeded !== peers)
    console.log(`of ${peers}, ${joins.succeeded} joined:`, joins.failed, joins.lost);
  const { packetsPerSecond } = measured.received;
  const [node, worker] = ['node', 'worker'].map((name) => measured.server.find((one) => one.name === name));
  const heard = Map.groupBy(streams, ({ receiver }) => receiver);
  const most = Math.max(...[...heard.values()].map((one) => new Set(one.map((of) => of.senderPeer)).size));
  return `| ${[
    joins.succeeded,
    variables.AUDIO_GATE_ABOVE ? 'all' : 'the loudest 5',
    count(packetsPerSecond),
    count(packetsPerSecond / joins.succeeded),
    `${(100 * measured.lossRatio).toFixed(2)} %`,
    node?.cpu.toFixed(2),
    worker?.cpu.toFixed(2),
    `≤ ${most}`,
    mebibytes(node?.memory),
    mebibytes(worker?.memory),
  ].join(' | ')} |`;
}

function onsetRow(name: string, { recent, others }: Onsets): string {
  return `| ${[name, ms(recent, 0.5), ms(recent, 0.95), ms(others, 0.5), ms(others, 0.95)].join(' | ')} |`;
}

function ms(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? '–' : `${Math.round(value)} ms`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function mebibytes(bytes = 0): string {
  return (bytes / 2 ** 20).toFixed(0);
}
