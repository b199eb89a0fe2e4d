/**
 * `npm run bench:many`: whether a room with 20 publishers costs who joins it more round trips than a room with one. It
 * appends to `docs/benchmarks.md`. Options: `--runs 5`, `--rtts 0,100,200`, `--counts 1,20`, and `--no-write`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launch } from '../../tests/support/browser.ts';
import { calm } from './calm.ts';
import { appendEntry, environment } from './document.ts';
import { startFarServer } from './far-server.ts';
import { joinMany, type ManySample, publishMany } from './many-run.ts';
import { roundTrips, type Spread, spreadOf } from './statistics.ts';

/** How long a measurement waits for the machine to be calm, in milliseconds. */
const PATIENCE_MS = 3000;
const MOMENTS = [
  { key: 'first', what: 'to the first picture' },
  { key: 'last', what: 'to the last picture' },
] as const;
type Moment = (typeof MOMENTS)[number]['key'];

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    rtts: { type: 'string', default: '0,100,200' },
    counts: { type: 'string', default: '1,20' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const runs = Number(values.runs);
const rtts = values.rtts.split(',').map(Number);
const counts = values.counts.split(',').map(Number);
const load = loadavg()[0] ?? 0;
const server = await startFarServer();
const browsers = [await launch(), await launch()] as const;
try {
  const samples = await measureAll(browsers);
  const entry = report(samples, browsers[0].version());
  console.log(`\n${entry}`);
  if (values.write) await appendEntry(entry);
} finally {
  for (const browser of browsers) await browser.close();
  await server.close();
}

/** Interleaved, so that what disturbs the machine for a while disturbs all alike. */
async function measureAll([first, second]: readonly [Browser, Browser]): Promise<ManySample[]> {
  const samples: ManySample[] = [];
  for (let run = 0; run < runs; run++) {
    for (const rtt of rtts) {
      for (const count of run % 2 === 0 ? counts : counts.toReversed()) {
        server.setRtt(rtt);
        const room = `many-${run}-${rtt}-${count}`;
        const crowd = await publishMany(first, server, { room, count });
        const wasCalm = await calm(PATIENCE_MS);
        const measures = await joinMany(second, server, { room, count });
        await crowd.close();
        samples.push({ rtt, count, calm: wasCalm, ...measures });
        console.log(
          `run ${run + 1}, ${rtt} ms, ${count}: ${JSON.stringify(measures)}${wasCalm ? '' : ' (busy)'}`,
        );
      }
    }
  }
  return samples;
}

function report(samples: readonly ManySample[], chromium: string): string {
  const [near, far] = [Math.min(...rtts), Math.max(...rtts)];
  const head = [
    'publishers',
    'from the open socket',
    ...rtts.map((rtt) => `${rtt} ms`),
    `RTs ${near}–${far}`,
  ];
  const rows = counts.flatMap((count) =>
    MOMENTS.map(({ key, what }) => {
      const median = (rtt: number) => ({ rtt, ms: spread(samples, { rtt, count, key })?.median });
      const trips = roundTrips(median(near), median(far))?.toFixed(1) ?? '–';
      return [String(count), what, ...rtts.map((rtt) => cell(spread(samples, { rtt, count, key }))), trips];
    }),
  );
  const late = samples.filter((sample) => sample.last === undefined).length;
  return `## Joining many, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:many\`, ${runs} runs, interleaved; median (minimum–maximum), ms. ${environment(chromium, [load, loadavg()[0] ?? 0])}.
Of ${samples.length} joins, ${samples.filter((sample) => !sample.calm).length} were measured while the machine was busy, and in ${late} a picture was missing. The publishers are
sessions of the SDK in one page, each with a picture of 160×120; who joins publishes a camera and a microphone.

${[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}

function spread(
  samples: readonly ManySample[],
  { rtt, count, key }: { rtt: number; count: number; key: Moment },
): Spread | undefined {
  const of = samples.filter((sample) => sample.rtt === rtt && sample.count === count);
  return spreadOf(of.flatMap((sample) => sample[key] ?? []));
}

function cell(spread: Spread | undefined): string {
  return spread ? `${spread.median} (${spread.min}–${spread.max})` : '–';
}
