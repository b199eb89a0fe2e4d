/**
 * `npm run bench:join`: how long it takes until somebody who joins sees those who are there, and how many round trips.
 * It appends to `docs/benchmarks.md`. Options: `--runs 7`, `--rtts 0,50,100,200`, `--variants short,warm,classic`, and
 * `--no-write` to append nothing.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launch } from '../../tests/support/browser.ts';
import { calm } from './calm.ts';
import { appendEntry, environment } from './document.ts';
import { type FarServer, startFarServer } from './far-server.ts';
import { measure, publish } from './join-run.ts';
import { plot } from './plot.ts';
import { type Sample, spread, tables, verdicts } from './report.ts';
import { VARIANTS, type Variant } from './variants.ts';

interface Plan {
  readonly runs: number;
  readonly rtts: readonly number[];
  readonly variants: readonly Variant[];
  readonly write: boolean;
}

const PLOT = 'join.svg';
/** How long a measurement waits for the machine to be calm, in milliseconds. */
const PATIENCE_MS = 3000;

const plan = readPlan();
const loads = [loadavg()[0] ?? 0];
const server = await startFarServer();
const browsers = [await launch(), await launch()] as const;
try {
  const samples = await measureAll(plan, server, browsers);
  loads.push(loadavg()[0] ?? 0);
  await report(plan, samples, browsers[0].version());
} finally {
  for (const browser of browsers) await browser.close();
  await server.close();
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '7' },
      rtts: { type: 'string', default: '0,50,100,200' },
      variants: { type: 'string', default: VARIANTS.map(({ name }) => name).join() },
      write: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const names = values.variants.split(',');
  const variants = names.map((name) => {
    const variant = VARIANTS.find((each) => each.name === name);
    if (!variant) throw new Error(`there is no variant ${name}`);
    return variant;
  });
  return {
    runs: Number(values.runs),
    rtts: values.rtts.split(',').map(Number),
    variants,
    write: values.write,
  };
}

/** Interleaved, so that what disturbs the machine for a while disturbs all alike. */
async function measureAll(
  { runs, rtts, variants }: Plan,
  far: FarServer,
  [first, second]: readonly [Browser, Browser],
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run++) {
    for (const rtt of rtts) {
      far.setRtt(rtt);
      const publisher = await publish(first, far, `bench-${run}-${rtt}`);
      const turn = run % variants.length;
      for (const variant of [...variants.slice(turn), ...variants.slice(0, turn)]) {
        const wasCalm = await calm(PATIENCE_MS);
        const measures = await measure(second, far, publisher, variant);
        samples.push({ variant: variant.name, rtt, measures, calm: wasCalm });
        console.log(
          `run ${run + 1}, ${rtt} ms, ${variant.name}: ${JSON.stringify(measures)}${wasCalm ? '' : ' (busy)'}`,
        );
      }
      await publisher.context.close();
    }
  }
  return samples;
}

async function report({ runs, rtts, variants, write }: Plan, samples: Sample[], chromium: string) {
  const entry = `## Joining, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:join\`, ${runs} runs, interleaved; median (minimum–maximum). ${environment(chromium, loads)}.
Of ${samples.length} joins, ${samples.filter((sample) => !sample.calm).length} were measured while the machine was busy with something else.
${verdicts(samples, rtts).join(' ')}

${variants.map(({ name, what }) => `- \`${name}\`: ${what}`).join('\n')}

${tables(samples, variants, rtts)}
![Time to the first picture over the round trip](${PLOT})
`;
  console.log(`\n${entry}`);
  if (write) await appendEntry(entry, { name: PLOT, svg: drawing(samples, rtts, variants) });
}

function drawing(samples: Sample[], rtts: readonly number[], variants: readonly Variant[]): string {
  const lines = variants.map(({ name, client }) => {
    const points = rtts.flatMap((x) => {
      const found = spread(samples, name, x, client === 'warm' ? 'join' : 'open');
      return found ? [{ x, y: found.median, min: found.min, max: found.max }] : [];
    });
    return { name, points };
  });
  return plot(lines, {
    title: 'Joining: from the open socket (warm: from the click) to the first picture',
    x: 'round trip, ms',
    y: 'ms, median with minimum and maximum',
  });
}
