/** How much memory the server takes: idle, and for each peer without media. Appends to `docs/benchmarks.md`. */
import { loadavg } from 'node:os';
import { COMMANDS } from '../commands.js';
import { parseOptions } from '../options.ts';
import { appendEntry, environment } from './document.ts';
import { type Memory, measureMemory } from './memory-run.ts';

/** Today's targets, in KiB: the server alone, and each peer. */
const TARGETS = { idle: 105 * 1024, peer: 50 };

const { values } = parseOptions(COMMANDS['bench:memory'].usage, {
  options: {
    peers: { type: 'string', default: '1000' },
    rooms: { type: 'string', default: '10,200' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const peers = Number(values.peers);
const sizes = values.rooms.split(',').map(Number);

const load = loadavg()[0] ?? 0;
const measured: { size: number; idle: Memory; joined: Memory }[] = [];
for (const size of sizes) {
  measured.push({ size, ...(await measureMemory({ peers, size })) });
  console.log(`rooms of ${size}: ${JSON.stringify(measured.at(-1))}`);
}
const entry = report();
console.log(`\n${entry}`);
if (values.write) await appendEntry(entry);

function report(): string {
  const rows = measured.map(({ size, idle, joined }) => [
    `${size}`,
    mebibytes(idle.rss),
    mebibytes(idle.pss),
    mebibytes(joined.rss),
    ((joined.rss - idle.rss) / peers).toFixed(1),
    ((joined.anonymous - idle.anonymous) / peers).toFixed(1),
  ]);
  const head = [
    'rooms of',
    'idle, RSS',
    'idle, PSS',
    `${peers} joined, RSS`,
    'each peer, KiB',
    'of that anonymous, KiB',
  ];
  return `## Memory, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:memory\`: the process of the server in production, with one worker; MiB. ${environment('none', [load, loadavg()[0] ?? 0])}.
The targets are ${TARGETS.idle / 1024} MiB idle and ${TARGETS.peer} KiB for each peer that has joined and has no media.

${[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}

function mebibytes(kibibytes: number): string {
  return (kibibytes / 1024).toFixed(1);
}
